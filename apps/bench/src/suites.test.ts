import { reference } from '@unroll/backend';
import { cells as exported } from '@unroll/cells';
import { expect, test } from 'vitest';
import { raggedLengths, tokensOf, trainingAt } from './configurations.ts';
import { autoSuite } from './suites/auto.ts';
import type { Suite, SuiteContext } from './suites/suite.ts';
import { suites } from './suites.ts';
import { fakeCommand, hurried, silent } from './testing/fakes.ts';

/** Runs a suite on children whose every call says it took a quarter of a second. */
async function run(name: string, who: readonly string[], only?: string) {
  const choice = {
    chosen: who.map((each) => ({ who: each, command: fakeCommand('0.25') })),
    absent: [],
  };
  const context: SuiteContext = { choice, pace: hurried, progress: silent, only };
  const suite = suites.find((each) => each.name === name);
  return (await suite?.run(context))?.metrics ?? {};
}

test('recurrent measures both cells at all shapes, in tokens a second', async () => {
  const metrics = await run('recurrent', ['unroll', 'torch-1']);
  const names = Object.keys(metrics).filter((key) => key.endsWith('.unroll.tokensPerSecond'));
  expect(names.length).toBe(8);
  expect(metrics['gru.char-512.unroll.tokensPerSecond']).toBe((64 * 40) / 0.25);
  expect(metrics['lstm.imdb.torch-1.tokensPerSecondAlone']).toBe((32 * 200) / 0.25);
  expect(metrics['geometricMean.all.unroll.ratioToTorch']).toBeCloseTo(1, 12);
});

test('kernels counts multiplications and additions, or bytes of weights', async () => {
  const metrics = await run('kernels', ['unroll']);
  expect(metrics['matmul.384.unroll.gflops']).toBeCloseTo((4 * 2 * 384 ** 3) / 0.25e9, 9);
  const bytes = metrics['matmul.1x512x2048.unroll.gigabytesPerSecond'];
  expect(bytes).toBeCloseTo((100 * 4 * 512 * 2048) / 0.25e9, 9);
});

test('kernels compares a product as a user calls it with its tiles on packed operands', async () => {
  const metrics = await run('kernels', ['unroll', 'unroll-packed', 'torch-1'], '384');
  expect(metrics['matmul.384.unroll.ratioToPacked']).toBe(1);
  expect(metrics['matmul.384.unroll.ratioToTorch']).toBe(1);
  expect(metrics['matmul.384.unroll-packed.ratioToTorch']).toBeUndefined();
  expect(await run('kernels', ['unroll'], '384')).not.toHaveProperty(
    'matmul.384.unroll.ratioToPacked',
  );
});

test('stream counts steps', async () => {
  const metrics = await run('stream', ['unroll'], 'h512');
  expect(metrics).toEqual({
    'lstm.h512.unroll.stepsPerSecond': 200,
    'lstm.h512.unroll.stepsPerSecondAlone': 200,
  });
});

test('scaling finds no growth where every call takes as long, with native BLAS too', async () => {
  expect(await run('scaling', ['unroll', 'unroll-blas'], 'batch')).toEqual({
    'lstm.batch.unroll.exponent': 0,
    'lstm.batch.unroll-blas.exponent': 0,
  });
  expect(await run('scaling', ['unroll'])).toEqual({
    'lstm.time.unroll.exponent': 0,
    'lstm.batch.unroll.exponent': 0,
    'rnn.vanishing.unroll.timeRatio': 1,
  });
});

test('memory compares ours over time, and the peak with PyTorch’s', async () => {
  expect(await run('memory', ['unroll', 'unroll-blas', 'tfjs-cpu', 'torch-1'])).toEqual({
    'lstm.naive-loop.unroll.rssRatio': 1,
    'lstm.naive-loop.unroll.rssRatioByDefault': 1,
    'lstm.naive-loop.unroll-blas.rssRatio': 1,
    'lstm.naive-loop.unroll-blas.rssRatioByDefault': 1,
    'lstm.char-512.unroll.peakBytes': 1,
    'lstm.char-512.unroll-blas.peakBytes': 1,
    'lstm.char-512.torch-1.peakBytes': 1,
    'lstm.char-512.unroll.peakRatioToTorch': 1,
    'lstm.char-512.unroll-blas.peakRatioToTorch': 1,
  });
});

test('gpu measures steps and products, their share of the peak, and tells the adapter', async () => {
  const metrics = await run('gpu', ['unroll-webgpu', 'tfjs-webgpu']);
  expect(metrics['lstm.char-512.tfjs-webgpu.tokensPerSecond']).toBe((64 * 40) / 0.25);
  expect(metrics['lstm.char-512.tfjs-webgpu.millisecondsPerStep']).toBe(250);
  expect(metrics['peak.fma.unroll-webgpu.gflops']).toBe(4);
  const product = metrics['matmul.1024.unroll-webgpu.gflops'];
  expect(product).toBeCloseTo((2 * 1024 ** 3) / 0.25e9, 9);
  expect(metrics['matmul.1024.unroll-webgpu.shareOfPeak']).toBeCloseTo(product / 4, 12);
  expect(Object.keys(metrics).some((name) => name.endsWith('Alone'))).toBe(false);
});

test('gpu compares losses that are read one by one and together, of ours, and says who is not in Node', async () => {
  const gpu = suites.find(({ name }) => name === 'gpu') as Suite;
  const ours = { who: 'unroll-webgpu', command: fakeCommand('0.25'), kinds: ['fit'] as const };
  const theirs = { who: 'tfjs-webgl', command: fakeCommand('0.25'), kinds: ['training'] as const };
  const choice = { chosen: [ours, theirs], absent: [] };
  const context: SuiteContext = { choice, pace: hurried, progress: silent, only: 'reading' };
  const { metrics, tables, notes } = await gpu.run(context);
  expect(metrics).toEqual({
    'reading.tiny.unroll-webgpu.readEvery1.millisecondsPerStep': 250 / 64,
    'reading.tiny.unroll-webgpu.readEvery32.millisecondsPerStep': 250 / 64,
    'reading.char-small.unroll-webgpu.readEvery1.millisecondsPerStep': 250 / 4,
    'reading.char-small.unroll-webgpu.readEvery32.millisecondsPerStep': 250 / 4,
  });
  expect(tables[0].rows.map((row) => row[row.length - 1])).toEqual(['1.00 ×', '1.00 ×']);
  expect(notes.join()).toMatch(/no further round of a row begins after 180 s.*Node has no WebGL/);
});

test('a peer of the GPU that cannot is left out with its reason, or ends the run if it was asked for', async () => {
  const gpu = suites.find(({ name }) => name === 'gpu') as Suite;
  const context = (asked: boolean, behaviour: string): SuiteContext => ({
    choice: {
      chosen: [
        { who: 'unroll-webgpu', command: fakeCommand('0.25') },
        { who: 'tfjs-webgl', command: fakeCommand(behaviour), asked },
      ],
      absent: [],
    },
    pace: hurried,
    progress: silent,
    only: 'char-small',
  });
  for (const behaviour of ['fail', 'die']) {
    const { metrics, notes } = await gpu.run(context(false, behaviour));
    expect(Object.keys(metrics)).toEqual([
      'lstm.char-small.unroll-webgpu.tokensPerSecond',
      'lstm.char-small.unroll-webgpu.millisecondsPerStep',
    ]);
    expect(notes.join()).toMatch(/lstm\.char-small: tfjs-webgl(: it does not feel like it| ended)/);
    await expect(gpu.run(context(true, behaviour))).rejects.toThrow('tfjs-webgl');
  }
});

test('cells has a row for every cell, and counts living rows and directions', async () => {
  const metrics = await run('cells', ['unroll', 'unroll-blas'], 'char-small');
  const others = Object.keys(exported).filter((name) => name !== 'lstm');
  for (const name of others) expect(metrics[`${name}.char-small.unroll.timeRatio`]).toBe(1);
  expect(Object.keys(metrics).length).toBe(2 * (others.length + 7));
  expect(metrics['zoneout.char-small.unroll-blas.timeRatio']).toBe(1);
  const spec = trainingAt('lstm', 'char-small');
  const living = raggedLengths(spec).reduce((a, b) => a + b, 0) / tokensOf(spec);
  expect(metrics['ragged.char-small.unroll.timeRatio']).toBeCloseTo(1 / living, 12);
  expect(metrics['bidirectional.char-small.unroll.timeRatio']).toBe(0.5);
  expect(metrics['zoneout.char-small.unroll.timeRatio']).toBe(1);
});

test('auto measures both devices at each size, and says how far its choice is from the better', async () => {
  const gpu = { ...reference(), mode: 'none', adapter: 'plain TypeScript' };
  const suite = autoSuite(async () => gpu, { steps: 4, rounds: 1, seconds: 60 });
  const choice = { chosen: [], absent: [] };
  const context: SuiteContext = { choice, pace: hurried, progress: silent, only: 'h32-b1' };
  const { metrics, tables, notes } = await suite.run(context);
  expect(Object.keys(tables[0].rows)).toHaveLength(2);
  expect(notes[0]).toBe('the GPU is none, plain TypeScript');
  for (const size of ['auto.h32-b1', 'auto.h32-b16']) {
    const [cpu, other] = ['cpu', 'gpu'].map((who) => metrics[`${size}.${who}.millisecondsPerStep`]);
    const ratio = metrics[`${size}.auto.ratioToBetter`];
    expect([1, cpu / other, other / cpu]).toContain(ratio);
    expect(ratio).toBeGreaterThanOrEqual(1);
  }
});

test('auto says in one sentence that there is no GPU', async () => {
  const suite = autoSuite(() => Promise.reject(new Error('no GPU can be used here')), {
    ...{ steps: 4, rounds: 1, seconds: 1 },
  });
  const context = { choice: { chosen: [], absent: [] }, pace: hurried, progress: silent };
  await expect(suite.run(context)).rejects.toThrow('no GPU can be used here');
});

test('attention counts steps of its layers and of CTC, and tokens that are generated', async () => {
  const metrics = await run('attention', ['unroll', 'torch-2']);
  expect(metrics['mha.b16-t128-w256.unroll.stepsPerSecond']).toBe(4);
  expect(metrics['transformer-block.b16-t128-w256.torch-2.stepsPerSecond']).toBe(4);
  expect(metrics['generate.b1.unroll.tokensPerSecond']).toBe(112 / 0.25);
  expect(metrics['generate.b1.unroll.ratioToTorch']).toBe(1);
  expect(metrics['ctc.t100-b16-l30.torch-2.stepsPerSecond']).toBe(4);
});
