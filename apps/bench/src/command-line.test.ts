import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandLine } from './command-line.ts';
import type { Peer } from './peers/peer.ts';
import { compare } from './suites/comparison.ts';
import type { Suite } from './suites/suite.ts';
import { fakePeer, hurried, silent } from './testing/fakes.ts';

const spec = { kind: 'product', m: 2, k: 2, n: 2, repeat: 1 } as const;
const suite: Suite = {
  name: 'fake',
  summary: 'how fast is nothing?',
  kinds: ['product'],
  run: (context) =>
    compare(
      ['large', 'small'].map((size) => ({
        name: `matmul.${size}`,
        spec,
        amount: 100,
        unit: 'gflops',
      })),
      { ...context, pace: hurried },
    ),
};

const peers: Peer[] = [
  fakePeer('unroll', '0.1'),
  { ...fakePeer('unroll-blas', '1'), find: () => ({ missing: 'unroll-blas needs OpenBLAS' }) },
  fakePeer('torch-1', '0.4'),
  fakePeer('torch-2', '0.2'),
  { ...fakePeer('absent', '1'), find: () => ({ missing: 'absent needs a thing: install it' }) },
  { ...fakePeer('elsewhere', '1'), kinds: ['stream'] },
  { ...fakePeer('on-gpu', '1'), device: 'gpu' },
];

async function run(...words: string[]) {
  let [out, err] = ['', ''];
  const code = await commandLine([suite], words, {
    peers,
    progress: silent,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

describe('pnpm bench', () => {
  test('alone lists the suites with their questions', async () => {
    const { code, out } = await run();
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}fake +how fast is nothing\?$/m);
  });

  test('measures ours and all peers that can run, and says who cannot', async () => {
    const { code, out } = await run('fake');
    expect(code).toBe(0);
    expect(out).toMatch(/^matmul\.large {2}unroll +1,000 +1,000 {2}gflops$/m);
    expect(out).toMatch(/^matmul\.small {2}torch-1 +250 +250 {2}gflops +4\.00 ×$/m);
    expect(out).toContain('absent needs a thing: install it.');
    expect(out).toContain('torch-2: takes 0.2');
    expect(out).toContain(
      'unroll: 2.00 × PyTorch at its better number of threads (geometric mean of 2).',
    );
    expect(out).not.toContain('elsewhere');
  });

  test('measures only the peers that were asked for, and only what was asked for', async () => {
    const { out } = await run('fake', '--peers', 'torch-2', '--only', 'large');
    expect(out).toMatch(/matmul\.large +torch-2/);
    expect(out).not.toMatch(/torch-1|matmul\.small|absent/);
    expect(out).toContain('unroll-blas needs OpenBLAS.');
  });

  test.each([
    [['fake', '--peers', 'absent'], 'absent needs a thing: install it'],
    [
      ['fake', '--peers', 'torhc'],
      /^--peers: there is no peer torhc; there are unroll, unroll-blas, torch-1/,
    ],
    [['fake', '--peers', 'elsewhere'], /elsewhere is not in this suite, which measures unroll/],
    [['fake', '--peers', 'a,,b'], '--peers: needs names with commas between; got "a,,b"'],
    [['fake', '--adapter', 'gpu'], '--adapter: must be software or hardware; got "gpu"'],
    [['fake', '--peers', 'on-gpu'], /on-gpu is not in this suite, which measures unroll/],
    [['fake', '--rounds', '0'], '--rounds: must be a whole number of at least 1; got "0"'],
    [['fake', '--json', 'no/such/x.json'], /there is no folder no\/such; make it first/],
    [['fake', '--only', 'medium'], '--only: no configuration of fake has "medium" in its name'],
    [['fkae'], /unknown command 'fkae'/],
  ])('answers %j with one clear line and exit code 1', async (words, line) => {
    const { code, out, err } = await run(...words);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err.trimEnd()).toMatch(line);
    expect(err.trimEnd()).not.toContain('\n');
  });
});

describe('files', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'unroll-bench-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('--json has name, metrics, config and environment, --markdown the table and its command', async () => {
    const [json, markdown] = [join(folder, 'a.json'), join(folder, 'a.md')];
    await run('fake', '--peers', 'torch', '--json', json, `--markdown=${markdown}`);
    const written = JSON.parse(await readFile(json, 'utf8'));
    expect(Object.keys(written)).toEqual(['name', 'metrics', 'config', 'environment']);
    expect(written.metrics).toMatchObject({
      'matmul.large.unroll.gflops': 1000,
      'matmul.large.torch-1.gflopsAlone': 250,
      'matmul.large.unroll.ratioToTorch': 2,
      'geometricMean.all.unroll.ratioToTorch': expect.closeTo(2, 12),
    });
    expect(written.environment.peers['torch-1']).toEqual({ fake: '0.4' });
    const page = await readFile(markdown, 'utf8');
    expect(page).toMatch(/^`pnpm bench fake --peers torch`$/m);
    expect(page).toContain('| matmul.small | torch-2 | 500 | 500 | gflops | 2.00 × |');
    expect(page).not.toContain(folder);
  });
});
