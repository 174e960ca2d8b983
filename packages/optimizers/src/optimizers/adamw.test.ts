import { parameter, tensor } from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { expect, test } from 'vitest';
import { Adam } from './adam.ts';
import { AdamW } from './adamw.ts';

test('without a gradient weights shrink by 1 − ηλ', () => {
  const p = parameter(tensor([2, -3], { dtype: 'float64' }));
  const optimizer = new AdamW([p], { lr: 0.1, weightDecay: 0.5 });
  for (let t = 0; t < 3; t++) {
    p.grad = tensor([0, 0], { dtype: 'float64' });
    optimizer.step();
  }
  expectClose(p, [2 * 0.95 ** 3, -3 * 0.95 ** 3]);
});

test('without weight decay it is Adam, to the bit', () => {
  const [p, q] = [0, 0].map(() => parameter(tensor([1, 2])));
  const one = new AdamW([p], { lr: 0.1, weightDecay: 0 });
  const other = new Adam([q], { lr: 0.1 });
  for (let t = 0; t < 5; t++) {
    for (const x of [p, q]) x.grad = tensor([t - 2.5, 0.3]);
    one.step();
    other.step();
  }
  expect(p.dataSync()).toEqual(q.dataSync());
});

test('options out of range are errors', () => {
  const p = parameter(tensor([0]));
  expect(() => new AdamW([p], { betas: [0.9, 1] })).toThrow(/AdamW: betas\[1\] must lie in/);
});
