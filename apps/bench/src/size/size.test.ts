import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { manualSeed } from '@unroll/tensor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Inference, Training, Weights } from '../../size/programs.ts';
import { sizeCommand } from './command.ts';
import { budgets, type Entry, entries, type ProgramName } from './entries.ts';
import { byFolder, measure } from './measure.ts';
import { excesses } from './report.ts';

const source = ['@unroll/source'];
const ours = entries({ peers: false });
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-size-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Numbers that are the same for everybody. */
const matrix = (rows: number, columns: number, phase: number): number[][] =>
  Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => Math.sin(7 * i + 3 * j + phase)),
  );
const weights: Weights = {
  ...{ W: matrix(2, 9, 1), U: matrix(3, 9, 2), b: matrix(1, 9, 3)[0], bU: matrix(1, 3, 4)[0] },
  head: { W: matrix(3, 4, 5), b: matrix(1, 4, 6)[0] },
};
const batch = [matrix(5, 2, 7), matrix(5, 2, 8)];

const of = (program: ProgramName) => entries({ peers: true }).filter((x) => x.program === program);

/** The bundle that was measured, as a module. */
async function bundleOf({ file, program }: Entry) {
  const path = join(folder, `${program}.mjs`);
  await writeFile(path, (await measure({ file }, source)).code);
  return import(pathToFileURL(path).href);
}

describe('the programs that are measured', () => {
  test.each(of('gru-inference'))('$who computes the same GRU as ours', async ({ file }) => {
    const [{ file: reference }] = of('gru-inference');
    const expected = await ((await import(reference)).run as Inference)(weights, batch);
    const scores = await ((await import(file)).run as Inference)(weights, batch);
    expect(scores).toHaveLength(8);
    for (const [i, x] of [...expected].entries()) expect(scores[i]).toBeCloseTo(x, 5);
  });

  test.each(of('gru-training'))('$who learns to tell two sequences apart', async ({ file }) => {
    const options = { hiddenSize: 4, steps: 60 };
    const run = (await import(file)).run as Training;
    const losses = await run(batch, { ids: [0, 1], count: 2 }, options);
    expect(losses).toHaveLength(60);
    expect(losses[59]).toBeLessThan(losses[0] / 4);
  });

  test('ours give minified the numbers that they give as they are', async () => {
    for (const entry of ours.filter(({ program }) => program !== 'cpu-stack')) {
      const runs: unknown[] = [];
      for (const { run } of [await import(entry.file), await bundleOf(entry)]) {
        manualSeed(1);
        runs.push(
          entry.program === 'gru-inference'
            ? await run(weights, batch)
            : (await run(batch, { ids: [0, 1], count: 2 }, { hiddenSize: 4, steps: 3 })).length,
        );
      }
      expect(runs[1]).toEqual(runs[0]);
    }
  });
});

describe('a bundle', () => {
  test('holds nothing of what its program does not import', async () => {
    const [{ file }] = ours;
    const { sources } = await measure({ file }, source);
    const folders = byFolder(sources).map(([name]) => name);
    expect(folders).toContain('wasm/recurrence');
    const strangers = ['tensor/auto', 'nn/losses', 'optimizers/optimizer', 'cells/heads'];
    expect(folders.filter((name) => strangers.includes(name))).toEqual([]);
  });

  test('that is larger than its limit is told with what to do', async () => {
    const [entry] = ours;
    const size = { bytes: 0, gzipBytes: budgets[entry.program].limit, sources: {}, code: '' };
    expect(excesses([{ entry, size }])).toEqual([]);
    const [sentence] = excesses([{ entry, size: { ...size, gzipBytes: size.gzipBytes + 100 } }]);
    expect(sentence).toContain('gru-inference is 112.1 kB gzipped, more than its 112.0.');
  });
});

test('pnpm size writes its figures under the names of the contract', async () => {
  const path = join(folder, 'size.json');
  let out = '';
  const lines = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => expect(text).toBe(''),
  };
  expect(await sizeCommand(['--ours', '--parts', '--json', path], lines, source)).toBe(0);
  const { name, metrics } = JSON.parse(await readFile(path, 'utf8'));
  expect(name).toBe('size');
  for (const { program } of ours) {
    const gzipped = metrics[`size.${program}.unroll.gzipBytes`];
    expect(gzipped).toBeGreaterThan(10_000);
    expect(gzipped).toBeLessThan(metrics[`size.${program}.unroll.minifiedBytes`]);
  }
  expect(out).toMatch(/^backend\/reference +[\d.]+ +[\d.]+ +[\d.]+$/m);
});
