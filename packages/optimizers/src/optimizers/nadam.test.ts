import { parameter, tensor } from '@unroll/tensor';
import { expect, test } from 'vitest';
import { Adam } from './adam.ts';
import { NAdam } from './nadam.ts';

test('without first-order memory it is Adam without it', () => {
  const [p, q] = [0, 0].map(() => parameter(tensor([1, 2], { dtype: 'float64' })));
  const one = new NAdam([p], { lr: 0.1, betas: [0, 0.9] });
  const other = new Adam([q], { lr: 0.1, betas: [0, 0.9] });
  for (let t = 0; t < 5; t++) {
    for (const x of [p, q]) x.grad = tensor([t - 2.5, 0.3], { dtype: 'float64' });
    one.step();
    other.step();
  }
  for (const [i, x] of p.dataSync().entries()) expect(x).toBeCloseTo(q.dataSync()[i], 12);
});

test('options out of range are errors', () => {
  const p = parameter(tensor([0]));
  expect(() => new NAdam([p], { momentumDecay: -1 })).toThrow(/momentumDecay must be 0 or above/);
});
