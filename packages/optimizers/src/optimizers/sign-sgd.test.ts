import { parameter, tensor } from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SignSGD } from './sign-sgd.ts';

const gradients = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), {
  minLength: 1,
  maxLength: 5,
});

test('every weight moves by the learning rate, and one with gradient 0 stays', () => {
  fc.assert(
    fc.property(gradients, (g) => {
      const p = parameter(tensor(g.map(() => 0)));
      p.grad = tensor(g);
      new SignSGD([p], { lr: 0.25 }).step();
      // Adding 0 makes −0 a 0.
      expect([...p.dataSync()].map((x) => x + 0)).toEqual(
        g.map((x) => 0 - 0.25 * Math.sign(x) + 0),
      );
    }),
  );
});

test('a NaN in the gradient reaches its weight and no other', () => {
  const p = parameter(tensor([1, 1]));
  p.grad = tensor([Number.NaN, 2]);
  new SignSGD([p], { lr: 0.5 }).step();
  expectClose(p, [Number.NaN, 0.5]);
});
