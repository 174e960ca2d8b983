import { IndexError, ShapeError } from '@unroll/backend';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arange, tensor, zeros } from '../core/create.ts';
import { checkOperation } from '../testing/check-operation.ts';
import { expectClose } from '../testing/expect-close.ts';
import { reshape } from './core.ts';
import { squeeze, transpose, unsqueeze } from './transpose.ts';

describe('transpose', () => {
  test('turns the order of the axes around', () => {
    checkOperation({
      shapes: [[2, 3]],
      operation: (x) => transpose(x),
      expected: (x) => [0, 1, 2].map((j) => [x[j], x[3 + j]]),
    });
    expect(transpose(zeros([2, 3, 4])).shape).toEqual([4, 3, 2]);
  });

  test('takes any order', () => {
    checkOperation({
      shapes: [[2, 3, 2]],
      operation: (x) => transpose(x, [1, -1, 0]),
      expected: (x) =>
        [0, 1, 2].map((j) => [0, 1].map((k) => [0, 1].map((i) => x[(i * 3 + j) * 2 + k]))),
    });
  });

  test('leaves scalars and vectors as they are', () => {
    const x = tensor([1, 2]);
    expect(transpose(x)).toBe(x);
    expectClose(transpose(tensor(3)), 3);
    expect(transpose(zeros([0, 2])).shape).toEqual([2, 0]);
  });

  test('is undone by the inverse order', () => {
    const order = fc.integer({ min: 1, max: 4 }).chain((rank) =>
      fc.tuple(
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: rank, maxLength: rank }),
        fc.shuffledSubarray(
          Array.from({ length: rank }, (_, i) => i),
          { minLength: rank },
        ),
      ),
    );
    fc.assert(
      fc.property(order, ([shape, axes]) => {
        const x = reshape(arange(shape.reduce((a, b) => a * b, 1)), shape);
        const y = transpose(x, axes);
        expect(y.shape).toEqual(axes.map((axis) => shape[axis]));
        const back = axes.map((_, i) => axes.indexOf(i));
        expectClose(transpose(y, back), x);
      }),
    );
  });

  test('needs each axis once', () => {
    expect(() => transpose(zeros([2, 3]), [0, 0])).toThrow(IndexError);
    expect(() => transpose(zeros([2, 3]), [0])).toThrow(
      'transpose: axes must name each of the 2 axes of [2, 3] once; got [0]',
    );
    expect(() => transpose(zeros([2, 3]), [0, 2])).toThrow('transpose: axis 2 does not exist');
  });
});

test('reshape keeps the order of the elements there and back', () => {
  const shape = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 });
  fc.assert(
    fc.property(shape, (s) => {
      const x = reshape(arange(s.reduce((a, b) => a * b, 1)), s);
      const flat = reshape(x, [-1]);
      expect([...flat.dataSync()]).toEqual(Array.from({ length: flat.size }, (_, i) => i));
      expectClose(reshape(flat, s), x);
      expect(flat.storage).toBe(x.storage);
    }),
  );
});

describe('squeeze and unsqueeze', () => {
  test('take axes of length 1 away and bring them back', () => {
    checkOperation({
      shapes: [[1, 2, 1]],
      operation: (x) => squeeze(x),
      expected: (x) => [...x],
    });
    checkOperation({
      shapes: [[1, 2, 1]],
      operation: (x) => squeeze(x, { axis: -1 }),
      expected: (x) => [[...x]],
    });
    checkOperation({
      shapes: [[2]],
      operation: (x) => unsqueeze(x, { axis: -1 }),
      expected: (x) => [[x[0]], [x[1]]],
    });
    expect(squeeze(zeros([1, 2, 1, 1]), { axis: [0, 3] }).shape).toEqual([2, 1]);
    expect(squeeze(zeros([1, 1])).shape).toEqual([]);
    expect(unsqueeze(tensor(1), { axis: 0 }).shape).toEqual([1]);
    expect(unsqueeze(zeros([2, 3]), { axis: 1 }).shape).toEqual([2, 1, 3]);
  });

  test('share memory', () => {
    const x = tensor([1, 2]);
    expect(squeeze(unsqueeze(x, { axis: 0 })).storage).toBe(x.storage);
  });

  test('refuse an axis that is longer or does not exist', () => {
    expect(() => squeeze(zeros([2, 1]), { axis: 0 })).toThrow(ShapeError);
    expect(() => squeeze(zeros([2, 1]), { axis: 0 })).toThrow(
      'squeeze: axis 0 of [2, 1] has length 2, not 1',
    );
    expect(() => unsqueeze(zeros([2]), { axis: 2 })).toThrow(IndexError);
    expect(() => unsqueeze(zeros([2]), { axis: -3 })).toThrow(IndexError);
  });
});
