import { UnsupportedError } from '@unroll/backend';
import { describe, expect, test } from 'vitest';
import { gradcheck, gradgradcheck } from '../autograd/gradcheck.ts';
import { tensor } from '../core/create.ts';
import type { Symbolic } from '../core/symbolic.ts';
import type { Tensor } from '../core/tensor.ts';
import { expectClose } from '../testing/expect-close.ts';
import { add, cos, exp, mul, sin, softplus, sub, tanh } from './arithmetic.ts';
import { fuse } from './fuse.ts';
import { matmul } from './matmul.ts';
import { sum } from './reduce.ts';

const x = tensor([[0.4, -1.2, 2]], { dtype: 'float64' });
const y = tensor([[0.7], [-0.3]], { dtype: 'float64' });

describe('a fused function of one value', () => {
  const mish = fuse((x) => mul(x, tanh(softplus(x))));

  test('equals the operations one by one, broadcast', () => {
    expectClose(mish(x), mul(x, tanh(softplus(x))));
    const product = fuse((a, b) => sub(mul(a, b), 1), { name: 'product' });
    expectClose(product(x, y), sub(mul(x, y), 1));
    expectClose(product(x, 3), sub(mul(x, 3), 1));
  });

  test('has first and second derivatives', () => {
    gradcheck(mish, [x]);
    gradgradcheck(mish, [x]);
  });
});

describe('a fused function of several values', () => {
  const polar = fuse((r: Symbolic, phi: Symbolic) => [mul(r, cos(phi)), mul(r, sin(phi))]);

  test('gives one tensor for each', () => {
    const found = polar(x, y);
    expect(found).toHaveLength(2);
    expectClose(found[0], mul(x, cos(y)));
    expectClose(found[1], mul(x, sin(y)));
  });

  test('has first and second derivatives, also when only one value is used', () => {
    gradcheck(polar, [x, y]);
    gradgradcheck(polar, [x, y]);
    gradcheck((...args: Tensor[]) => polar(args[0], args[1])[1], [x, y]);
  });

  test('keeps an array of one value an array', () => {
    const [only] = fuse((x) => [exp(x)])(x);
    expectClose(only, exp(x));
  });

  test('can be fused again', () => {
    const both = fuse((r: Symbolic, phi: Symbolic) => {
      const [a, b] = polar(r, phi);
      return add(a, b);
    });
    expectClose(both(x, y), add(mul(x, cos(y)), mul(x, sin(y))));
  });
});

test('what is not pointwise, or was not computed, cannot be fused', () => {
  expect(() => fuse((x) => matmul(x, x))(x)).toThrow(/matmul is not pointwise/);
  const constant = fuse((x) => [x, 1 as unknown as Symbolic], { name: 'constant' });
  expect(() => constant(x)).toThrow(UnsupportedError);
  expect(() => constant(x)).toThrow('constant: a fused function must return values');
  expect(() => fuse((() => []) as unknown as (x: Symbolic) => [Symbolic])(x)).toThrow(/no value/);
  expect(() => fuse((a) => mul(a, y as unknown as Symbolic))(x)).toThrow(/closes over a tensor/);
});

test('a fused function gives gradients to tensors and none to numbers', () => {
  const p = tensor([1, 2], { requiresGrad: true });
  const [a, b] = fuse((p, rate) => [mul(p, rate), mul(p, p)])(p, 0.5);
  sum(add(a, b)).backward();
  expectClose(p.grad as Tensor, [2.5, 4.5]);
});
