import { type Operand, type Scan, type ScanBackward, type Shape, sizeOf } from '@unroll/backend';
import { expect, test } from 'vitest';
import { lstm } from '../testing/lstm.ts';
import { plainBackend } from '../testing/plain-backend.ts';

const [inputSize, hiddenSize, batch] = [3, 4, 2];

/** Dispatches of a forward and of a backward run over some steps. */
async function dispatches(time: number): Promise<[forward: number, backward: number]> {
  const backend = plainBackend();
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
    program: lstm(inputSize, hiddenSize),
    schedule: { batchSizes: new Array<number>(time).fill(batch), reverse: false },
    steps: { x: operand([time * batch, inputSize]) },
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
  const dh = operand([time * batch, hiddenSize]);
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
  return [before, backend.dispatches() - before];
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
