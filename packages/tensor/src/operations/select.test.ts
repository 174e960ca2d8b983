import { DTypeError, IndexError, ShapeError } from '@unroll/backend';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arange, fromValues, tensor, zeros } from '../core/create.ts';
import type { Tensor } from '../core/tensor.ts';
import { checkOperation } from '../testing/check-operation.ts';
import { expectClose } from '../testing/expect-close.ts';
import { mul } from './arithmetic.ts';
import { sum } from './reduce.ts';
import { gather, indexSelect, oneHot, scatterAdd } from './select.ts';

const ids = (values: Parameters<typeof tensor>[0]) => tensor(values, { dtype: 'int32' });

describe('indexSelect', () => {
  test('takes slices along an axis, as often as they are named', () => {
    checkOperation({
      shapes: [[3, 2]],
      operation: (x) => indexSelect(x, ids([2, 0, 2])),
      expected: (x) => [2, 0, 2].map((i) => [x[2 * i], x[2 * i + 1]]),
    });
    checkOperation({
      shapes: [[2, 3]],
      operation: (x) => indexSelect(x, ids([1, 1]), { axis: -1 }),
      expected: (x) => [0, 1].map((i) => [x[3 * i + 1], x[3 * i + 1]]),
    });
  });

  test('the shape of ids takes the place of the axis', () => {
    checkOperation({
      shapes: [[3, 2]],
      operation: (x) =>
        indexSelect(
          x,
          ids([
            [0, 1],
            [2, 0],
          ]),
        ),
      expected: (x) =>
        [
          [0, 1],
          [2, 0],
        ].map((row) => row.map((i) => [x[2 * i], x[2 * i + 1]])),
    });
    expect(indexSelect(zeros([2, 3, 4]), ids(1), { axis: 1 }).shape).toEqual([2, 4]);
    expect(indexSelect(zeros([3, 2]), zeros([0], { dtype: 'int32' })).shape).toEqual([0, 2]);
  });

  test('refuses ids out of range and ids that are floats', () => {
    expect(() => indexSelect(zeros([3]), ids([0, 3]))).toThrow(IndexError);
    expect(() => indexSelect(zeros([3]), ids([0, 3]))).toThrow(
      'indexSelect: id 3 at position 1 is out of range; valid ids are 0 to 2',
    );
    expect(() => indexSelect(zeros([3]), ids([-1]))).toThrow(IndexError);
    expect(() => indexSelect(zeros([3]), tensor([0]))).toThrow(DTypeError);
    expect(() => indexSelect(zeros([3]), tensor([0]))).toThrow(
      "indexSelect: ids must be int32; got float32. cast(ids, 'int32')?",
    );
    expect(() => indexSelect(tensor(1), ids([0]))).toThrow(IndexError);
  });
});

describe('gather', () => {
  test('takes one element for each id', () => {
    checkOperation({
      shapes: [[2, 3]],
      operation: (x) => gather(x, ids([[2], [0]]), { axis: 1 }),
      expected: (x) => [[x[2]], [x[3]]],
    });
    checkOperation({
      shapes: [[2, 3]],
      operation: (x) => gather(x, ids([[1, 0, 1]]), { axis: 0 }),
      expected: (x) => [[x[3], x[1], x[5]]],
    });
    checkOperation({
      shapes: [[2, 2, 2]],
      operation: (x) => gather(x, ids([[[1, 1, 0]], [[0, 1, 0]]]), { axis: -1 }),
      expected: (x) => [[[x[1], x[1], x[0]]], [[x[4], x[5], x[4]]]],
    });
  });

  test('refuses ids that do not fit', () => {
    expect(() => gather(zeros([2, 3]), ids([0]), { axis: 1 })).toThrow(ShapeError);
    expect(() => gather(zeros([2, 3]), ids([0]), { axis: 1 })).toThrow(
      'gather: ids must have the axes of x, none but axis 1 longer; got ids [1] for [2, 3]',
    );
    expect(() => gather(zeros([1, 3]), ids([[0], [0]]), { axis: 1 })).toThrow(ShapeError);
    expect(() => gather(zeros([1, 3]), ids([[3]]), { axis: 1 })).toThrow(
      'gather: id 3 at position 0 is out of range; valid ids are 0 to 2',
    );
    expect(() => gather(zeros([1]), tensor([0]), { axis: 0 })).toThrow(DTypeError);
  });
});

describe('scatterAdd', () => {
  test('adds to x what meets at one place', () => {
    checkOperation({
      shapes: [[3], [2]],
      operation: (x, source) => scatterAdd(x, ids([2, 2]), source, { axis: 0 }),
      expected: (x, source) => [x[0], x[1], x[2] + source[0] + source[1]],
    });
    checkOperation({
      shapes: [
        [2, 3],
        [2, 1],
      ],
      operation: (x, source) => scatterAdd(x, ids([[2], [0]]), source, { axis: -1 }),
      expected: (x, source) => [
        [x[0], x[1], x[2] + source[0]],
        [x[3] + source[1], x[4], x[5]],
      ],
    });
  });

  test('counts ids', () => {
    const counts = scatterAdd(zeros([3], { dtype: 'int32' }), ids([1, 1, 0]), ids([1, 1, 1]), {
      axis: 0,
    });
    expect([counts.dtype, ...counts.dataSync()]).toEqual(['int32', 1, 2, 0]);
  });

  test('refuses a source of another shape or dtype', () => {
    const call = (source: Tensor) => () => scatterAdd(zeros([3]), ids([0, 1]), source, { axis: 0 });
    expect(call(zeros([3]))).toThrow(ShapeError);
    expect(call(zeros([3]))).toThrow(
      'scatterAdd: needs an id for each element; got ids [2] and a source [3]',
    );
    expect(call(arange(2))).toThrow('scatterAdd: cannot add int32 to float32');
    expect(() => scatterAdd(zeros([3]), ids([3]), zeros([1]), { axis: 0 })).toThrow(IndexError);
  });

  test('is the adjoint of gather: ⟨gather(x), y⟩ = ⟨x, scatterAdd(0, y)⟩', () => {
    const cases = fc
      .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 }), fc.nat(1))
      .chain(([rows, columns, axis]) => {
        const length = axis === 0 ? rows : columns;
        const id = fc.integer({ min: 0, max: length - 1 });
        const size = axis === 0 ? columns : rows;
        return fc.record({
          shape: fc.constant([rows, columns]),
          axis: fc.constant(axis),
          chosen: fc.array(fc.array(id, { minLength: size, maxLength: size }), {
            minLength: 1,
            maxLength: 4,
          }),
        });
      });
    fc.assert(
      fc.property(cases, ({ shape, axis, chosen }) => {
        const lines = chosen.length;
        const flat = chosen.flat();
        const idShape = axis === 0 ? [lines, shape[1]] : [shape[0], lines];
        const at = tensor(Int32Array.from(flat), { shape: idShape });
        const x = filled(shape, 1);
        const y = filled(idShape, 2);
        const there = sum(mul(gather(x, at, { axis }), y));
        const zero = zeros(shape, { dtype: 'float64' });
        const back = sum(mul(x, scatterAdd(zero, at, y, { axis })));
        expect(Math.abs(there.itemSync() - back.itemSync())).toBeLessThan(1e-12);
      }),
    );
  });
});

describe('oneHot', () => {
  test('is a row with a single 1 for each id', () => {
    const y = oneHot(ids([2, 0]), 3);
    expect(y.dtype).toBe('float32');
    expectClose(y, [
      [0, 0, 1],
      [1, 0, 0],
    ]);
    expectClose(oneHot(ids(1), 2), [0, 1]);
    expect(oneHot(ids([[1], [0]]), 2).shape).toEqual([2, 1, 2]);
    expect(oneHot(zeros([0], { dtype: 'int32' }), 4).shape).toEqual([0, 4]);
  });

  test('comes in every dtype', () => {
    for (const dtype of ['float64', 'int32', 'bool'] as const) {
      const y = oneHot(ids([1]), 2, { dtype });
      expect([y.dtype, ...y.dataSync()]).toEqual([dtype, 0, 1]);
    }
  });

  test('refuses ids out of range, floats and sizes that are none', () => {
    expect(() => oneHot(ids([3]), 3)).toThrow(IndexError);
    expect(() => oneHot(ids([3]), 3)).toThrow('oneHot: id 3 at position 0 is out of range');
    expect(() => oneHot(tensor([1]), 3)).toThrow(DTypeError);
    expect(() => oneHot(ids([1]), 2.5)).toThrow(ShapeError);
  });
});

function filled(shape: readonly number[], seed: number): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return fromValues(
    Float64Array.from({ length: size }, (_, i) => Math.sin(i + 10 * seed)),
    shape,
    'float64',
  );
}
