import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { manualSeed, randomStream } from '@unroll/tensor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const steps = 600;
const every = 3;

let folder: string;
let book: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-kill-'));
  book = join(folder, 'book.txt');
  const road = await readFile(new URL('./fixtures/road.txt', import.meta.url), 'utf8');
  await writeFile(book, road.repeat(20));
});
afterAll(() => rm(folder, { recursive: true }));

/** When a process is ended: some milliseconds after it has said that a step was validated. */
interface Interruption {
  readonly signal: NodeJS.Signals;
  readonly step: number;
  readonly later: number;
}

/** Runs the task in a process of its own, which may be ended. Gives its exit code, null when it was killed. */
function charlm(words: string[], interruption?: Interruption) {
  const child = spawn(process.execPath, ['--conditions=@unroll/source', main, 'charlm', ...words]);
  let heard = '';
  let left = interruption;
  return new Promise<{ code: number | null; out: string }>((resolve) => {
    child.stdout.on('data', (text) => {
      heard += text;
      if (!left || !heard.includes(`step ${left.step}:`)) return;
      const { signal, later } = left;
      left = undefined;
      setTimeout(() => child.kill(signal), later);
    });
    child.stderr.on('data', (text) => {
      heard += text;
    });
    child.on('close', (code) => resolve({ code, out: heard }));
  });
}

const anew = (name: string) => [
  ...[
    '--data',
    book,
    '--out',
    join(folder, name),
    '--steps',
    String(steps),
    '--every',
    String(every),
  ],
  ...['--hidden-size', '24', '--batch-size', '4', '--window', '16', '--num-layers', '2'],
];
const weights = (name: string) => readFile(join(folder, name, 'model', 'weights.safetensors'));

/** Runs until nobody interferes any more: each process is ended at a random step of what is left, the next goes on. */
async function interrupted(name: string, signal: NodeJS.Signals): Promise<number> {
  manualSeed(signal === 'SIGINT' ? 1 : 2);
  const dice = randomStream(name);
  let [ended, last] = [0, 0];
  for (let words = anew(name); ; words = ['--resume', join(folder, name)]) {
    const step = last + every * Math.ceil((0.4 * dice.next() * (steps - last)) / every + 1);
    const interruption = { signal, step, later: 20 * dice.next() };
    const { code, out } = await charlm(words, ended < 5 ? interruption : undefined);
    // The last line is the result's; a signal that comes while Node takes itself down after it finds nobody listening.
    if (code === 0 || (code === null && /^result/m.test(out))) return ended;
    expect(code, out).toBe(signal === 'SIGINT' ? 130 : null);
    last = Number([...out.matchAll(/^step (\d+):/gm)].at(-1)?.[1] ?? last);
    ended++;
  }
}

describe('charlm, stopped at random moments', () => {
  test.each(['SIGINT', 'SIGKILL'] as const)(
    'by %s and resumed, ends with the weights and metrics of an uninterrupted run, bit for bit',
    async (signal) => {
      expect(await charlm(anew('straight'))).toMatchObject({ code: 0 });
      expect(await interrupted(signal, signal)).toBe(5);
      expect(await weights(signal)).toEqual(await weights('straight'));
      const metric = async (name: string) => {
        const text = await readFile(join(folder, name, 'result.json'), 'utf8');
        return JSON.parse(text).metrics['valid.natsPerChar'];
      };
      expect(await metric(signal)).toBe(await metric('straight'));
    },
  );
});
