import { LSTM } from '@unroll/cells';
import { Adam, clipGradNorm } from '@unroll/optimizers';
import { add, grad, manualSeed, mean, mul, randomStream, Tensor, useBackend } from '@unroll/tensor';
import { wasm } from '@unroll/wasm';
import { afterAll, expect, test } from 'vitest';

// The gradients of a recurrence's weights lie in the backend's own memory until somebody asks for them. Nobody may notice.

const lending = wasm({ threads: 2, simd: 'plain' });
const copying = wasm({ threads: 1, simd: 'plain' });
afterAll(() => useBackend(undefined));

interface Training {
  readonly steps: number;
  /** What else is done with the gradients of a step, before they are used. */
  readonly look?: (params: readonly Tensor[]) => void;
  /** Backward passes for each step. */
  readonly passes?: number;
}

/** Trains a recurrence with weights large enough to be lent; its weights in the end. */
function train(backend: ReturnType<typeof wasm>, { steps, look, passes = 1 }: Training) {
  useBackend(backend);
  manualSeed(3);
  const layer = new LSTM({ inputSize: 24, hiddenSize: 24, numLayers: 2, name: 'lent' });
  const params = layer.parameters();
  const optimizer = new Adam(params, { lr: 1e-2 });
  const x = randomStream('input').normal([4, 6, 24]);
  for (let step = 0; step < steps; step++) {
    optimizer.zeroGrad();
    for (let pass = 0; pass < passes; pass++) lossOf(layer, x).backward();
    look?.(params);
    clipGradNorm(params, { max: 0.05 });
    optimizer.step();
  }
  return params.map((p) => [...p.dataSync()]);
}

function lossOf(layer: LSTM, x: Tensor): Tensor {
  const { output } = layer.forward(x);
  return mean(mul(output, output));
}

test('training gives the bits that it gives where gradients are copied', () => {
  expect(train(lending, { steps: 6 })).toEqual(train(copying, { steps: 6 }));
});

test('it does so when the gradients are read, kept and summed over several passes', () => {
  const kept: { tensor: Tensor; values: number[] }[] = [];
  const look = (params: readonly Tensor[]) => {
    for (const { grad: gradient } of params) {
      if (gradient) kept.push({ tensor: gradient, values: [...gradient.dataSync()] });
    }
  };
  expect(train(lending, { steps: 5, passes: 2, look })).toEqual(
    train(copying, { steps: 5, passes: 2 }),
  );
  expect(kept).toHaveLength(5 * 6);
  for (const { tensor, values } of kept) expect([...tensor.dataSync()]).toEqual(values);
});

test('they are lent indeed, until somebody asks', () => {
  let lent = 0;
  const isLent = ({ storage }: Tensor) => lending.lending?.isLent(storage.memory) === true;
  const look = (params: readonly Tensor[]) => {
    for (const p of params) if (isLent(Tensor.peekGrad(p) as Tensor)) lent += 1;
    expect(isLent(params[0].grad as Tensor)).toBe(false);
  };
  train(lending, { steps: 2, look });
  // Two matrices of each layer; biases are too small.
  expect(lent).toBe(2 * 4);
});

test('gradients that were asked for by name are the caller’s', () => {
  useBackend(lending);
  manualSeed(3);
  const layer = new LSTM({ inputSize: 24, hiddenSize: 24, name: 'lent' });
  const x = randomStream('input').normal([4, 6, 24]);
  const params = layer.parameters();
  const found = grad(lossOf(layer, x), params).map((g) => ({ g, values: [...g.dataSync()] }));
  for (let i = 0; i < 3; i++) grad(lossOf(layer, x), params);
  for (const { g, values } of found) expect([...g.dataSync()]).toEqual(values);
});

test('a layer that is used twice has the sum of both gradients, and a hook sees and may keep it', () => {
  useBackend(lending);
  manualSeed(3);
  const layer = new LSTM({ inputSize: 24, hiddenSize: 24, name: 'lent' });
  const [x, y] = [1, 2].map((i) => randomStream(`input ${i}`).normal([4, 6, 24]));
  const params = layer.parameters();
  const seen: { g: Tensor; values: number[] }[] = [];
  params[0].registerHook((g) => {
    seen.push({ g, values: [...g.dataSync()] });
    return undefined;
  });
  const gradientsOf = (loss: Tensor) => {
    for (const p of params) p.grad = undefined;
    loss.backward();
    return params.map((p) => [...(p.grad as Tensor).dataSync()]);
  };
  const [first, second] = [gradientsOf(lossOf(layer, x)), gradientsOf(lossOf(layer, y))];
  const both = gradientsOf(add(lossOf(layer, x), lossOf(layer, y)));
  for (const [i, values] of both.entries()) {
    for (const [k, value] of values.entries()) {
      expect(value).toBeCloseTo(first[i][k] + second[i][k], 6);
    }
  }
  expect(seen).toHaveLength(3);
  for (const { g, values } of seen) expect([...g.dataSync()]).toEqual(values);
});

test('a long loop takes no more of the machine’s memory than a short one', () => {
  train(lending, { steps: 3 });
  const { used } = lending.memory();
  let most = 0;
  train(lending, {
    steps: 60,
    look: () => {
      most = Math.max(most, lending.memory().used);
    },
  });
  // A second model beside the first one, which the collector may not have found yet.
  expect(most).toBeLessThan(2 * used);
});
