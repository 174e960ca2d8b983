import { DTypeError, IndexError, ShapeError } from '@unroll/backend';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromValues, tensor, zeros } from '../core/create.ts';
import { checkOperation } from '../testing/check-operation.ts';
import { expectClose } from '../testing/expect-close.ts';
import { isnan } from './arithmetic.ts';
import { argmax, argmin, max, mean, min, sum } from './reduce.ts';

const matrix = tensor([
  [1, 5, 2],
  [7, 0, 7],
]);

/** The values of `[2, 3, 4]` reduced over its middle axis. */
function overMiddle(x: Float64Array, join: (line: number[]) => number): number[][] {
  const line = (i: number, k: number) => [0, 1, 2].map((j) => x[(i * 3 + j) * 4 + k]);
  return [0, 1].map((i) => [0, 1, 2, 3].map((k) => join(line(i, k))));
}

const total = (line: Iterable<number>) => [...line].reduce((a, b) => a + b, 0);

describe('sum and mean', () => {
  test('run over all axes, one, several, or none', () => {
    checkOperation({ shapes: [[2, 3, 4]], operation: (x) => sum(x), expected: (x) => total(x) });
    checkOperation({
      shapes: [[2, 3, 4]],
      operation: (x) => sum(x, { axis: 1 }),
      expected: (x) => overMiddle(x, total),
    });
    checkOperation({
      shapes: [[2, 3, 4]],
      operation: (x) => sum(x, { axis: [-1, 0] }),
      expected: (x) => [0, 1, 2].map((j) => total(x.filter((_, i) => Math.floor(i / 4) % 3 === j))),
    });
    checkOperation({
      shapes: [[2, 2]],
      operation: (x) => sum(x, { axis: [] }),
      expected: (x) => [
        [x[0], x[1]],
        [x[2], x[3]],
      ],
    });
    checkOperation({
      shapes: [[2, 3, 4]],
      operation: (x) => mean(x, { axis: -2 }),
      expected: (x) => overMiddle(x, (line) => total(line) / 3),
    });
  });

  test('keep the axes with length 1 when asked', () => {
    checkOperation({
      shapes: [[2, 3, 4]],
      operation: (x) => sum(x, { axis: [0, 2], keepDims: true }),
    });
    expect(sum(zeros([2, 3, 4]), { axis: [0, 2], keepDims: true }).shape).toEqual([1, 3, 1]);
    expect(mean(zeros([2, 3]), { keepDims: true }).shape).toEqual([1, 1]);
  });

  test('take a scalar', () => {
    checkOperation({ shapes: [[]], operation: (x) => sum(x), expected: (x) => x[0] });
    checkOperation({ shapes: [[]], operation: (x) => mean(x), expected: (x) => x[0] });
  });

  test('the sum of nothing is 0, its mean NaN', () => {
    checkOperation({
      shapes: [[2, 0]],
      operation: (x) => sum(x, { axis: 1 }),
      expected: () => [0, 0],
    });
    expect(sum(zeros([0, 3])).itemSync()).toBe(0);
    expect(sum(zeros([0, 3]), { axis: 1 }).shape).toEqual([0]);
    expect(mean(zeros([0])).itemSync()).toBeNaN();
  });

  test('ids stay ids in a sum and masks are counted; their mean is a float', () => {
    const ids = tensor([[1, 2]], { dtype: 'int32' });
    expect(sum(ids).dtype).toBe('int32');
    expectClose(mean(ids), 1.5);
    const mask = isnan(tensor([NaN, 0, NaN]));
    expect(sum(mask).dtype).toBe('int32');
    expect(sum(mask).itemSync()).toBe(2);
    expect(sum(mask, { axis: [] }).dtype).toBe('int32');
    expect(mean(mask).dtype).toBe('float32');
  });

  test('a sum over several axes equals the sums one after another', () => {
    const shape = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 });
    const choice = shape.chain((s) => fc.tuple(fc.constant(s), fc.subarray(s.map((_, i) => i))));
    fc.assert(
      fc.property(choice, ([s, axes]) => {
        const size = s.reduce((a, b) => a * b, 1);
        const x = fromValues(
          Float64Array.from({ length: size }, (_, i) => i * i),
          s,
          'float64',
        );
        const single = axes.toReversed().reduce((y, axis) => sum(y, { axis }), x);
        expectClose(sum(x, { axis: axes }), single, 0);
      }),
    );
  });
});

describe('max and min', () => {
  test('choose over axes', () => {
    checkOperation({
      shapes: [[2, 3, 4]],
      operation: (x) => max(x, { axis: 1 }),
      expected: (x) => overMiddle(x, (line) => Math.max(...line)),
    });
    checkOperation({
      shapes: [[2, 3, 4]],
      operation: (x) => min(x, { axis: -2 }),
      expected: (x) => overMiddle(x, (line) => Math.min(...line)),
    });
    checkOperation({
      shapes: [[2, 3, 4]],
      operation: (x) => max(x, { axis: [0, 2], keepDims: true }),
    });
    checkOperation({ shapes: [[]], operation: (x) => min(x), expected: (x) => x[0] });
  });

  test('share the gradient evenly among equals', () => {
    const x = tensor(
      [
        [1, 3, 3],
        [2, 2, 2],
      ],
      { requiresGrad: true },
    );
    sum(max(x, { axis: 1 })).backward();
    expectClose(x.grad ?? x, [
      [0, 0.5, 0.5],
      [1 / 3, 1 / 3, 1 / 3],
    ]);
  });

  test('let NaN win', () => {
    expect(max(tensor([1, NaN, 3])).itemSync()).toBeNaN();
    expect(min(tensor([1, NaN, 3])).itemSync()).toBeNaN();
  });

  test('keep the dtype of ids', () => {
    const best = max(tensor([3, 9, 2], { dtype: 'int32' }));
    expect([best.dtype, best.itemSync()]).toEqual(['int32', 9]);
  });

  test('have nothing to choose from on an empty axis', () => {
    expect(() => max(zeros([2, 0]), { axis: -1 })).toThrow(ShapeError);
    expect(() => max(zeros([2, 0]), { axis: -1 })).toThrow(
      'max: axis 1 of [2, 0] is empty, so there is nothing to choose from',
    );
    expect(max(zeros([0, 2]), { axis: 1 }).shape).toEqual([0]);
  });
});

describe('argmax and argmin', () => {
  test('give the first of equals as int32', () => {
    const at = argmax(matrix, { axis: 1 });
    expect([at.dtype, ...at.dataSync()]).toEqual(['int32', 1, 0]);
    expectClose(argmin(matrix, { axis: 0, keepDims: true }), [[0, 1, 0]]);
  });

  test('search the whole tensor as one row without an axis', () => {
    expect(argmax(matrix).itemSync()).toBe(3);
    expect(argmin(matrix, { keepDims: true }).shape).toEqual([1, 1]);
    expect(argmax(tensor(5)).itemSync()).toBe(0);
  });

  test('stand outside of every graph', () => {
    expect(argmax(tensor([1, 2], { requiresGrad: true })).requiresGrad).toBe(false);
  });

  test('refuse an empty axis', () => {
    expect(() => argmin(zeros([0]))).toThrow('argmin: axis 0 of [0] is empty');
  });
});

describe('errors', () => {
  test('an axis that does not exist is named with the range', () => {
    expect(() => sum(matrix, { axis: 2 })).toThrow(
      'sum: axis 2 does not exist in [2, 3]; axes are -2 to 1',
    );
    expect(() => mean(tensor(1), { axis: 0 })).toThrow(
      'mean: axis 0 does not exist in []; a scalar has none',
    );
    expect(() => max(matrix, { axis: 0.5 })).toThrow(IndexError);
  });

  test('an axis that is named twice is refused', () => {
    expect(() => sum(matrix, { axis: [1, -1] })).toThrow('axis 1 of [2, 3] is named twice: 1, -1');
  });

  test('an array is no tensor', () => {
    expect(() => sum([1, 2] as never)).toThrow(DTypeError);
  });
});
