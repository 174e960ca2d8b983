import { DTypeError, OptionError, reference, ShapeError } from '@unroll/backend';
import { describe, expect, test } from 'vitest';
import { tensor, zeros } from '../core/create.ts';
import { useBackend } from '../core/engine.ts';
import { checkOperation } from '../testing/check-operation.ts';
import { expectClose } from '../testing/expect-close.ts';
import { sum } from './reduce.ts';
import { norm, sumOfSquares, variance } from './statistics.ts';

const rows = (x: Float64Array) => [x.subarray(0, 4), x.subarray(4, 8), x.subarray(8)];

function naiveVariance(row: Float64Array, correction: number): number {
  const mean = row.reduce((a, b) => a + b) / row.length;
  return row.reduce((a, b) => a + (b - mean) ** 2, 0) / (row.length - correction);
}

describe('variance', () => {
  test('divides by n − 1, or by n without a correction', () => {
    checkOperation({
      shapes: [[3, 4]],
      operation: (x) => variance(x, { axis: 1 }),
      expected: (x) => rows(x).map((row) => naiveVariance(row, 1)),
    });
    checkOperation({
      shapes: [[3, 4]],
      operation: (x) => variance(x, { axis: -1, correction: 0, keepDims: true }),
      expected: (x) => rows(x).map((row) => [naiveVariance(row, 0)]),
    });
    checkOperation({
      shapes: [[3, 4]],
      operation: (x) => variance(x),
      expected: (x) => naiveVariance(x, 1),
    });
  });

  test('does not lose small differences of large numbers', () => {
    expectClose(variance(tensor([10000, 10001, 10002])), 1);
  });

  test('of a single number is NaN, and 0 without a correction', () => {
    expect(variance(tensor([3])).itemSync()).toBeNaN();
    expect(variance(tensor(3), { correction: 0 }).itemSync()).toBe(0);
  });

  test('is not taken of ids', () => {
    expect(() => variance(tensor([1], { dtype: 'int32' }))).toThrow(DTypeError);
    expect(() => variance(tensor([1], { dtype: 'int32' }))).toThrow(
      "variance: needs floating tensors; got int32. cast(x, 'float32')?",
    );
  });
});

describe('norm', () => {
  test.each([
    [2, (row: Float64Array) => Math.hypot(...row)],
    [1, (row: Float64Array) => row.reduce((a, b) => a + Math.abs(b), 0)],
    [Infinity, (row: Float64Array) => Math.max(...row.map(Math.abs))],
  ])('with p = %d', (p, naive) => {
    checkOperation({
      shapes: [[3, 4]],
      operation: (x) => norm(x, { p, axis: 1 }),
      expected: (x) => rows(x).map(naive),
    });
    checkOperation({ shapes: [[3, 4]], operation: (x) => norm(x, { p }), expected: naive });
    checkOperation({ shapes: [[2, 2]], operation: (x) => norm(x, { p, axis: 0, keepDims: true }) });
    checkOperation({ shapes: [[]], operation: (x) => norm(x, { p }), expected: naive });
  });

  test.each([1, 2, Infinity])('has gradient 0 at 0 with p = %d', (p) => {
    const x = tensor(
      [
        [0, 0],
        [3, 4],
      ],
      { requiresGrad: true },
    );
    sum(norm(x, { p, axis: 1 })).backward();
    expectClose(x.grad ?? x, [
      [0, 0],
      { 1: [1, 1], 2: [0.6, 0.8], Infinity: [0, 1] }[p] as number[],
    ]);
  });

  test('of nothing is 0', () => {
    expectClose(norm(zeros([2, 0]), { axis: 1 }), [0, 0]);
  });

  test('refuses any other p', () => {
    expect(() => norm(tensor([1]), { p: 3 })).toThrow(OptionError);
    expect(() => norm(tensor([1]), { p: 3 })).toThrow('norm: p must be 1, 2 or Infinity; got 3');
  });
});

describe('sumOfSquares', () => {
  const total = (...xs: Float64Array[]) =>
    xs.reduce((sum, x) => x.reduce((part, value) => part + value * value, sum), 0);

  test('is one number for all tensors, with its derivatives', () => {
    const shapes = [[3, 2], [], [4]];
    checkOperation({ shapes, operation: (...xs) => sumOfSquares(xs), expected: total });
  });

  test('is composed where the backend has no kernel', () => {
    const before = useBackend({ ...reference(), fused: {} });
    try {
      expectClose(sumOfSquares([tensor([3, 4]), tensor(12)]), 169, 0);
    } finally {
      useBackend(before);
    }
  });

  test('refuses nothing, ids, and two dtypes together', () => {
    expect(() => sumOfSquares([])).toThrow(ShapeError);
    expect(() => sumOfSquares([tensor([1], { dtype: 'int32' })])).toThrow(DTypeError);
    const both = [tensor([1]), tensor([1], { dtype: 'float64' })];
    expect(() => sumOfSquares(both)).toThrow(DTypeError);
  });
});
