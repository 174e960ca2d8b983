import { roundingTolerance } from '@unroll/backend/testing';
import { stream } from '@unroll/cells';
import { crossEntropy } from '@unroll/nn';
import { Adam } from '@unroll/optimizers';
import { concat, manualSeed, noGrad, slice, type Tensor, tensor, unsqueeze } from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { beforeEach, expect, test } from 'vitest';
import { TransformerLanguageModel } from './transformer-language-model.ts';

beforeEach(() => manualSeed(3));

const small = { vocabSize: 7, size: 16, numLayers: 2, numHeads: 2, context: 6 };
const ids = (length: number) => Int32Array.from({ length }, (_, i) => (i * i + 3) % 7);

test('step by step it scores as a whole text does, and so does a stream, far beyond its context', () => {
  const model = new TransformerLanguageModel(small).eval();
  const text = tensor(ids(20), { shape: [1, 20] });
  const whole = noGrad(() => model.forward(text)).output;
  const live = stream(model);
  const steps: Tensor[] = [];
  for (let t = 0; t < 20; t++) {
    const y = live.step(tensor([ids(20)[t]], { dtype: 'int32' }));
    steps.push(unsqueeze(y, { axis: 1 }));
  }
  expectClose(concat(steps, { axis: 1 }), whole, roundingTolerance(64, 2));
});

test('a position sees its context and nothing before', () => {
  const model = new TransformerLanguageModel({ ...small, numLayers: 1 }).eval();
  const [a, b] = [ids(12), ids(12)];
  b[3] = (b[3] + 1) % 7;
  const last = (given: Int32Array, t: number) => {
    const { output } = noGrad(() => model.forward(tensor(given, { shape: [1, 12] })));
    return [...slice(output, { axis: 1, from: t, to: t + 1 }).dataSync()];
  };
  expect(last(a, 8)).not.toEqual(last(b, 8));
  expect(last(a, 9)).toEqual(last(b, 9));
});

test('it learns a text by heart', async () => {
  const model = new TransformerLanguageModel(small);
  const optimizer = new Adam(model.parameters(), { lr: 0.01 });
  const text = ids(24);
  const input = tensor(text.slice(0, -1), { shape: [1, 23] });
  const target = tensor(text.slice(1), { shape: [1, 23] });
  const losses: number[] = [];
  for (let step = 0; step < 60; step++) {
    optimizer.zeroGrad();
    const loss = crossEntropy(model.forward(input).output, target);
    loss.backward();
    optimizer.step();
    losses.push(await loss.item());
  }
  expect(losses[0]).toBeCloseTo(Math.log(7), 0);
  expect(losses[59]).toBeLessThan(0.1);
});

test('options that do not exist are refused', () => {
  const make = () => new TransformerLanguageModel({ ...small, hiddenSize: 3 } as never);
  expect(make).toThrow("no option 'hiddenSize'");
});
