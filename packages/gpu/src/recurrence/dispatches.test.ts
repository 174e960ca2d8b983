import { type Operand, type Scan, type ScanBackward, type Shape, sizeOf } from '@unroll/backend';
import { lstm } from '@unroll/backend/testing/hard-cells';
import { expect, test } from 'vitest';
import type { GpuBackend } from '../gpu.ts';
import { plainBackend } from '../testing/plain-backend.ts';

/** The first two are the program's. */
const [inputSize, hiddenSize, batch] = [3, 4, 2];

/** Dispatches of a forward and of a backward run over sequences of equal lengths. */
function dispatches(time: number): Promise<[forward: number, backward: number]> {
  return run(plainBackend(), new Array<number>(time).fill(batch));
}

/** The same over any lengths: rows at each step. */
async function run(
  backend: GpuBackend,
  batchSizes: readonly number[],
): Promise<[forward: number, backward: number]> {
  const start = backend.dispatches();
  const rows = batchSizes.reduce((a, b) => a + b, 0);
  const operand = (shape: Shape): Operand => ({
    memory: backend.upload(Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i))),
    offset: 0,
    shape,
    dtype: 'float32',
  });
  const wanted = {
    steps: ['x'],
    states: [],
    sequences: [],
    memories: [],
    parameters: ['W', 'U', 'b'],
  };
  const forward: Scan = {
    program: lstm(),
    schedule: { batchSizes, reverse: false },
    steps: { x: operand([rows, inputSize]) },
    states: { h: operand([batch, hiddenSize]), c: operand([batch, hiddenSize]) },
    sequences: {},
    memories: {},
    lengths: {},
    parameters: {
      W: operand([inputSize, 4 * hiddenSize]),
      U: operand([hiddenSize, 4 * hiddenSize]),
      b: operand([4 * hiddenSize]),
    },
    watch: [],
    save: wanted,
  };
  const { outputs, saved } = backend.kernels.scan(forward);
  const read = {
    memory: outputs.h,
    offset: 0,
    shape: [outputs.h.length],
    dtype: 'float32',
  } as const;
  await backend.read(read);
  const before = backend.dispatches();
  const dh = operand([rows, hiddenSize]);
  const call: ScanBackward = {
    forward,
    saved,
    outputs: { h: dh },
    finalStates: {},
    watch: [],
    wanted,
  };
  const { parameters } = backend.kernels.scanBackward(call);
  for (const memory of Object.values(parameters)) {
    await backend.read({ memory, offset: 0, shape: [memory.length], dtype: 'float32' });
  }
  return [before - start, backend.dispatches() - before];
}

test('an LSTM takes at most 4 dispatches a step forward and 4 backward, and little beside them', async () => {
  const [short, long] = [await dispatches(7), await dispatches(49)];
  const perStep = short.map((n, i) => (long[i] - n) / 42);
  console.log(
    `dispatches per step of an LSTM: ${perStep.map((n) => n.toFixed(2)).join(' forward, ')} backward`,
  );
  expect(Math.max(...perStep)).toBeLessThanOrEqual(4);
  expect(long[0] - 49 * 3).toBeLessThan(30);
  expect(long[1] - 49 * 4).toBeLessThan(120);
});

test('a new length compiles nothing, whether all sequences have it or each its own', async () => {
  const backend = plainBackend();
  await run(backend, [2, 2, 2, 2, 2, 2, 2, 2]);
  await run(backend, [2, 2, 1, 1, 1]);
  const known = backend.compiled();
  expect(known).toBeGreaterThan(10);
  for (const time of [2, 3, 7, 9, 17, 50]) await run(backend, new Array<number>(time).fill(2));
  for (const short of [1, 4, 20]) {
    await run(backend, [...new Array<number>(short).fill(2), ...new Array<number>(11).fill(1)]);
  }
  expect(backend.compiled()).toBe(known);
});
