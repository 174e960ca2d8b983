import { parameter, tensor } from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { expect, test } from 'vitest';
import { RMSprop } from './rmsprop.ts';
import { SignSGD } from './sign-sgd.ts';

test('without memory it is sign-SGD', () => {
  const [p, q] = [0, 0].map(() => parameter(tensor([1, 2, 3], { dtype: 'float64' })));
  const one = new RMSprop([p], { lr: 0.25, alpha: 0, eps: 0 });
  const other = new SignSGD([q], { lr: 0.25 });
  for (const g of [
    [1e-9, 5, -3],
    [-2, 1e6, 0.1],
  ]) {
    for (const x of [p, q]) x.grad = tensor(g, { dtype: 'float64' });
    one.step();
    other.step();
    expectClose(p, q, 1e-15);
  }
});

test('a gradient that never changes has no spread, and makes no NaN when it is centred', () => {
  const p = parameter(tensor([0]));
  const optimizer = new RMSprop([p], { lr: 1e-9, alpha: 0.5, centered: true });
  for (let t = 0; t < 200; t++) {
    p.grad = tensor([0.1]);
    optimizer.step();
  }
  expect(p.itemSync()).toBeLessThan(0);
  expect(optimizer.stateDict().state['0.v'].itemSync()).toBeCloseTo(0.01, 8);
});

test('options out of range are errors', () => {
  const p = parameter(tensor([0]));
  expect(() => new RMSprop([p], { alpha: 1 })).toThrow(/alpha must lie in \[0, 1\); got 1/);
  expect(() => new RMSprop([p], { momentum: -1, eps: Number.NaN })).toThrow(/eps must .* momentum/);
});
