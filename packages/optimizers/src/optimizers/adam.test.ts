import { parameter, type Tensor, tensor } from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Adam } from './adam.ts';

test('the first step is the learning rate, whatever the gradient and the betas', () => {
  const size = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
  const sign = fc.constantFrom(-1, 1);
  const beta = fc.double({ min: 0, max: 0.9999, noNaN: true });
  fc.assert(
    fc.property(fc.tuple(size, sign), beta, beta, ([g, s], beta1, beta2) => {
      const p = parameter(tensor([0], { dtype: 'float64' }));
      p.grad = tensor([s * g], { dtype: 'float64' });
      new Adam([p], { lr: 0.1, betas: [beta1, beta2], eps: 0 }).step();
      expect(p.itemSync()).toBeCloseTo(-0.1 * s, 9);
    }),
  );
});

test('in float32 the first step is the learning rate too', () => {
  const p = parameter(tensor([0, 0]));
  p.grad = tensor([0.3, -7000]);
  new Adam([p], { lr: 0.1 }).step();
  expectClose(p, [-0.1, 0.1], 2 ** -22);
});

test('steps do not depend on the scale of the loss', () => {
  const run = (scale: number) => {
    const p = parameter(tensor([0, 0], { dtype: 'float64' }));
    const optimizer = new Adam([p], { lr: 0.1, eps: 0 });
    for (let t = 0; t < 5; t++) {
      p.grad = tensor([scale * (t - 1.7), scale * Math.sin(t + 1)], { dtype: 'float64' });
      optimizer.step();
    }
    return p;
  };
  for (const scale of [1e-6, 3, 1e6]) expectClose(run(scale), run(1));
});

test('it goes down to the minimum of a bowl', () => {
  const p = parameter(tensor([3, -2]));
  const optimizer = new Adam([p], { lr: 0.1 });
  for (let t = 0; t < 400; t++) {
    p.grad = (p as Tensor).detach().mul(tensor([1, 100]));
    optimizer.step();
  }
  for (const x of p.dataSync()) expect(Math.abs(x)).toBeLessThan(1e-2);
});

test('options out of range are listed in one error', () => {
  const p = parameter(tensor([0]));
  const make = () => new Adam([p], { lr: Number.NaN, betas: [1, -0.1], eps: -1, weightDecay: -1 });
  expect(make).toThrow(/Adam: lr must .* betas\[0\] must lie in \[0, 1\); got 1; betas\[1\] must/);
  expect(make).toThrow(/eps must be 0 or above .* weightDecay must be 0 or above/);
});
