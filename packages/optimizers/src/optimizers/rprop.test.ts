import { parameter, tensor } from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Rprop, type RpropOptions } from './rprop.ts';

function walk(gradients: readonly number[], options: Partial<RpropOptions> = {}): number[] {
  const p = parameter(tensor([0], { dtype: 'float64' }));
  const optimizer = new Rprop([p], options);
  return gradients.map((g) => {
    p.grad = tensor([g], { dtype: 'float64' });
    optimizer.step();
    return p.itemSync();
  });
}

test('the size of the gradient does not matter', () => {
  const scale = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
  const step = fc
    .double({ min: -10, max: 10, noNaN: true })
    .map((x) => Math.round(x * 1000) / 1000);
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), scale, (steps, c) => {
      expect(walk(steps.map((g) => c * g))).toEqual(walk(steps));
    }),
  );
});

test('steps grow while the sign stays, and after a turn the weight rests and goes on with a smaller step', () => {
  const options: Partial<RpropOptions> = { lr: 1, etas: [0.5, 2] };
  expect(walk([1, 1, 1, -1, -1, -1], options)).toEqual([-1, -3, -7, -7, -5, -1]);
});

test('steps stay between their limits', () => {
  const options: Partial<RpropOptions> = { lr: 1, etas: [0.5, 2], stepSizes: [0.8, 3] };
  expect(walk([1, 1, 1, 1], options)).toEqual([-1, -3, -6, -9]);
  expect(walk([1, -1, 1, -1], options)).toEqual([-1, -1, -1.8, -1.8]);
});

test('weights have step sizes of their own', () => {
  const p = parameter(tensor([0, 0]));
  const optimizer = new Rprop([p], { lr: 1, etas: [0.5, 2] });
  for (const g of [
    [1, 1],
    [1, -1],
    [1, -1],
  ]) {
    p.grad = tensor(g);
    optimizer.step();
  }
  expectClose(p, [-7, -0.5]);
});

test('options out of range are errors', () => {
  const p = parameter(tensor([0]));
  expect(() => new Rprop([p], { etas: [1.1, 1.2] })).toThrow(
    /etas must lie around 1; got \[1.1,1.2\]/,
  );
  expect(() => new Rprop([p], { stepSizes: [2, 1] })).toThrow(
    /stepSizes must be above 0 and in order/,
  );
});
