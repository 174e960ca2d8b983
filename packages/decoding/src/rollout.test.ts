import { DataError, OptionError, ShapeError } from '@unroll/backend';
import { concat, matmul, mul, slice, type Tensor, tensor } from '@unroll/tensor';
import { expect, test } from 'vitest';
import { type RolloutOptions, rollout } from './rollout.ts';
import type { SequenceModel } from './sequence-model.ts';

async function collect<S>(model: SequenceModel<S>, options: RolloutOptions<S>): Promise<Tensor[]> {
  const out: Tensor[] = [];
  for await (const value of rollout(model, options)) out.push(value);
  return out;
}

const doubling = { forward: (x: Tensor) => ({ output: mul(x, 2), state: null }) };

test('each value is the next input, for each row of the batch', async () => {
  const turn = tensor([
    [0, 1],
    [-1, 0],
  ]);
  const model = { forward: (x: Tensor) => ({ output: matmul(x, turn), state: null }) };
  const prompt = tensor([
    [
      [9, 9],
      [1, 2],
    ],
    [
      [9, 9],
      [3, 4],
    ],
  ]);
  const values = await collect(model, { prompt, length: 4 });
  expect(values.map((value) => [...value.dataSync()])).toEqual([
    [-2, 1, -4, 3],
    [-1, -2, -3, -4],
    [2, -1, 4, -3],
    [1, 2, 3, 4],
  ]);
  expect(values[0].shape).toEqual([2, 2]);
});

test('what comes next may be made of what the model gives, without a tape', async () => {
  const weight = tensor([[[1, 10]]], { requiresGrad: true });
  const model = { forward: (x: Tensor) => ({ output: mul(x, weight), state: null }) };
  const next = (last: Tensor) => slice(last, { axis: 1, from: 1, to: 2 });
  const values = await collect(model, { prompt: tensor([[[2]]]), length: 2, next });
  expect(values.map((value) => value.dataSync()[0])).toEqual([20, 200]);
  expect(values.some(({ requiresGrad }) => requiresGrad)).toBe(false);
});

test('goes on from a state, and stops at an abort signal', async () => {
  const adding = {
    forward: (x: Tensor, sum = 0) => ({ output: mul(x, 0).add(sum), state: sum + 1 }),
  };
  const prompt = tensor([[[0]]]);
  const values = await collect(adding, { prompt, length: 3, state: 5 });
  expect(values.map((value) => value.dataSync()[0])).toEqual([5, 6, 7]);
  const controller = new AbortController();
  const run = async () => {
    for await (const _ of rollout(adding, { prompt, signal: controller.signal })) {
      controller.abort(new Error('enough'));
    }
  };
  await expect(run()).rejects.toThrow('enough');
});

test('refuses a prompt that is none, a bad length, and values that cannot be fed back', async () => {
  expect(() => rollout(doubling, { prompt: tensor([[1]]) })).toThrow(ShapeError);
  expect(() => rollout(doubling, { prompt: tensor([[[]]]) })).toThrow(DataError);
  expect(() => rollout(doubling, { prompt: tensor([[[1]]]), length: -1 })).toThrow(OptionError);
  const wide = { forward: (x: Tensor) => ({ output: concat([x, x], { axis: 2 }), state: null }) };
  await expect(collect(wide, { prompt: tensor([[[1]]]), length: 1 })).rejects.toThrow(
    'rollout: what the model reads next must be [1, 1], as the prompt; got [1, 2]. Make it of what the model gives with next.',
  );
  expect(await collect(doubling, { prompt: tensor([[[1]]]), length: 0 })).toEqual([]);
});
