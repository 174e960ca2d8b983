import { ShapeError } from '@unroll/backend';
import { describe, expect, test } from 'vitest';
import { tensor, zeros } from '../core/create.ts';
import { checkOperation } from '../testing/check-operation.ts';
import { expectClose } from '../testing/expect-close.ts';
import { broadcastTo, reshape } from './core.ts';

describe('reshape', () => {
  test('lays the same elements out anew, and finds a size that is left open', () => {
    checkOperation({
      shapes: [[2, 3]],
      operation: (x) => reshape(x, [3, -1]),
      expected: (x) => [0, 1, 2].map((i) => [x[2 * i], x[2 * i + 1]]),
    });
    checkOperation({ shapes: [[1, 1]], operation: (x) => reshape(x, []), expected: (x) => x[0] });
    checkOperation({ shapes: [[]], operation: (x) => reshape(x, [-1]), expected: (x) => [x[0]] });
    expect(reshape(zeros([2, 0]), [0, 5]).shape).toEqual([0, 5]);
  });

  test('refuses another number of elements', () => {
    const wrong = (shape: number[]) => () => reshape(zeros([2, 3]), shape);
    expect(wrong([4])).toThrow(ShapeError);
    expect(wrong([4])).toThrow('reshape: cannot lay [2, 3] (6 elements) out as [4]');
    expect(wrong([4, -1])).toThrow(ShapeError);
    expect(wrong([-1, -1])).toThrow(ShapeError);
    expect(wrong([-2, -3])).toThrow(ShapeError);
  });
});

describe('broadcastTo', () => {
  test('repeats axes of length 1 and puts new ones in front', () => {
    checkOperation({
      shapes: [[2, 1]],
      operation: (x) => broadcastTo(x, [2, 2, 2]),
      expected: (x) => {
        const matrix = [
          [x[0], x[0]],
          [x[1], x[1]],
        ];
        return [matrix, matrix];
      },
    });
    checkOperation({
      shapes: [[]],
      operation: (x) => broadcastTo(x, [2]),
      expected: (x) => [x[0], x[0]],
    });
    checkOperation({ shapes: [[1]], operation: (x) => broadcastTo(x, [0]) });
  });

  test('keeps the dtype of ids', () => {
    const ids = broadcastTo(tensor([7], { dtype: 'int32' }), [2]);
    expect(ids.dtype).toBe('int32');
    expectClose(ids, [7, 7]);
  });

  test('refuses a shape that x does not stretch to', () => {
    expect(() => broadcastTo(zeros([2]), [3])).toThrow(ShapeError);
    expect(() => broadcastTo(zeros([2]), [1])).toThrow('broadcastTo: cannot stretch [2] to [1]');
  });
});
