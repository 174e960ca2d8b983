import { type Backend, ShapeError, UnsupportedError } from '@unroll/backend';
import { describe, expect, test } from 'vitest';
import { gradcheck, gradgradcheck } from '../autograd/gradcheck.ts';
import { tensor } from '../core/create.ts';
import { currentBackend, useBackend } from '../core/engine.ts';
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

describe('assignTo writes over its targets', () => {
  const descent = fuse((p, g, m, lr) => {
    const next = add(mul(m, 0.5), g);
    return [sub(p, mul(lr, next)), next];
  });
  const values = Array.from({ length: 100 }, (_, i) => Math.sin(i));

  for (const [name, change] of Object.entries({
    'in one pass': (backend: Backend) => backend,
    'one by one, where the backend cannot': (backend: Backend) => ({ ...backend, fused: {} }),
  })) {
    test(name, () => {
      const before = useBackend(change(currentBackend()));
      try {
        const [p, g, m] = [1, 2, 3].map((k) => tensor(values.map((x) => k * x)));
        const [nextP, nextM] = descent(p, g, m, 0.1).map((x) => x.dataSync());
        descent.assignTo([p, m], 'descent', p, g, m, 0.1);
        expect(p.dataSync()).toEqual(nextP);
        expect(m.dataSync()).toEqual(nextM);
        expect([p, g, m].map((x) => x.storage.version)).toEqual([1, 0, 1]);
      } finally {
        useBackend(before);
      }
    });
  }

  test('and a backward pass that saved an older value says who wrote', () => {
    const w = tensor([1, 2], { requiresGrad: true });
    const loss = sum(mul(w, w));
    descent.assignTo([w, tensor([0, 0])], 'Descent', w, tensor([1, 1]), 0, 0.1);
    expect(() => loss.backward()).toThrow(/Descent has written to it since/);
  });

  test('refuses targets that do not fit or were computed', () => {
    const [p, g] = [tensor([1, 2]), tensor([1, 2])];
    expect(() => descent.assignTo([p], 'x', p, g, 0, 1)).toThrow(
      'needs a target for each result; got 1 for 2',
    );
    expect(() => descent.assignTo([p, tensor([0])], 'x', p, g, 0, 1)).toThrow(ShapeError);
    const computed = mul(tensor([1, 2], { requiresGrad: true }), 2);
    expect(() => descent.assignTo([computed, g], 'x', p, g, 0, 1)).toThrow(/was computed by mul/);
  });
});
