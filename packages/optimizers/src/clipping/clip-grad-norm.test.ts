import { OptionError } from '@unroll/backend';
import { parameter, type Tensor, tensor, zerosLike } from '@unroll/tensor';
import { expectClose, fixture } from '@unroll/tensor/testing';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clipGradNorm } from './clip-grad-norm.ts';

interface Clipping {
  gradients: Tensor[];
  norm: { max: number; norm: Tensor; clipped: Tensor[] }[];
}

const { gradients, norm } = fixture<Clipping>(import.meta.url, 'clipping');

function withGradients(values: readonly Tensor[]): Tensor[] {
  return values.map((g) => {
    const p = parameter(zerosLike(g));
    p.grad = g;
    return p;
  });
}

const single = (...values: number[]) => withGradients([tensor(values, { dtype: 'float64' })]);

describe('the limit from above', () => {
  for (const { max, norm: expected, clipped } of norm) {
    test(`of ${max} gives PyTorch's gradients and norm`, () => {
      const params = withGradients(gradients);
      expectClose(clipGradNorm(params, { max }), expected);
      for (const [i, p] of params.entries()) expectClose(p.grad as Tensor, clipped[i]);
    });
  }

  test('is for all parameters together, and those without a gradient do not count', () => {
    const params = [...single(3), parameter(tensor([100])), ...single(4)];
    expectClose(clipGradNorm(params, { max: 1 }), 5);
    expectClose(params[0].grad as Tensor, [0.6], 1e-6);
    expect(params[1].grad).toBeUndefined();
    expectClose(params[2].grad as Tensor, [0.8], 1e-6);
  });

  test('replaces gradients and does not write into them', () => {
    const g = tensor([3, 4]);
    clipGradNorm(withGradients([g]), { max: 1 });
    expect([...g.dataSync()]).toEqual([3, 4]);
  });

  test('does nothing but measure when it is Infinity', () => {
    const params = single(3e5, 4e5);
    expectClose(clipGradNorm(params, { max: Infinity }), 5e5);
    expectClose(params[0].grad as Tensor, [3e5, 4e5], 0);
  });
});

describe('the limit from below', () => {
  test('keeps the direction and lifts the length', () => {
    const [p] = single(3e-9, -4e-9, 0);
    expectClose(clipGradNorm([p], { max: 1, min: 0.5 }), 5e-9);
    expectClose(p.grad as Tensor, [0.3, -0.4, 0]);
  });

  test('leaves zeros', () => {
    const [p] = single(0, 0);
    expectClose(clipGradNorm([p], { max: 1, min: 0.5 }), 0);
    expect([...(p.grad as Tensor).dataSync()]).toEqual([0, 0]);
  });

  test('does not touch what is long enough', () => {
    const [p] = single(0.6, 0.8);
    clipGradNorm([p], { max: 2, min: 0.5 });
    expectClose(p.grad as Tensor, [0.6, 0.8], 0);
  });

  test('gives a length between both limits and the same direction, whatever came', () => {
    const element = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    const vector = fc
      .array(element, { minLength: 1, maxLength: 4 })
      .filter((xs) => Math.hypot(...xs) > 1e-9);
    fc.assert(
      fc.property(vector, (values) => {
        const [p] = single(...values);
        clipGradNorm([p], { max: 2, min: 0.5 });
        const clipped = [...(p.grad as Tensor).dataSync()];
        const length = Math.hypot(...clipped);
        expect(length).toBeGreaterThan(0.5 - 1e-9);
        expect(length).toBeLessThan(2 + 1e-9);
        const along = clipped.reduce((total, x, i) => total + x * values[i], 0);
        expect(along / (length * Math.hypot(...values))).toBeCloseTo(1, 9);
      }),
    );
  });
});

test('NaN is passed on to all gradients', () => {
  const params = [...single(Number.NaN), ...single(1)];
  expect(clipGradNorm(params, { max: 1, min: 0.1 }).itemSync()).toBeNaN();
  expect((params[1].grad as Tensor).itemSync()).toBeNaN();
});

test('nothing to clip has the norm 0', () => {
  expectClose(clipGradNorm([], { max: 1 }), 0);
  expectClose(clipGradNorm([parameter(tensor([1]))], { max: 1 }), 0);
});

test('limits out of range or out of order are errors', () => {
  for (const max of [0, -1, Number.NaN]) {
    expect(() => clipGradNorm([], { max })).toThrow(OptionError);
    expect(() => clipGradNorm([], { max })).toThrow(/clipGradNorm: max must be above 0/);
  }
  expect(() => clipGradNorm([], { max: 1, min: -1 })).toThrow(/min must be 0 or above/);
  expect(() => clipGradNorm([], { max: 1, min: 2 })).toThrow(
    /min must be at most max \(1\); got 2/,
  );
});
