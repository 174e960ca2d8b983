import { parameter, tensor } from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { expect, test } from 'vitest';
import { Adagrad } from './adagrad.ts';

test('under a constant gradient of any size, step t is η/√t', () => {
  const p = parameter(tensor([0, 0], { dtype: 'float64' }));
  const optimizer = new Adagrad([p], { lr: 0.5 });
  let way = 0;
  for (let t = 1; t <= 20; t++) {
    p.grad = tensor([3, -0.02], { dtype: 'float64' });
    optimizer.step();
    way += 0.5 / Math.sqrt(t);
    expectClose(p, [-way, way], 1e-7);
  }
});

test('options out of range are errors', () => {
  const p = parameter(tensor([0]));
  expect(() => new Adagrad([p], { lrDecay: -1, eps: -1 })).toThrow(/lrDecay must .* eps must/);
  expect(() => new Adagrad([p], { initialAccumulatorValue: -1 })).toThrow(
    /initialAccumulatorValue must be 0 or above/,
  );
});
