import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { aroundAxis, broadcast, broadcastStrides, sameShape, sizeOf, stridesOf } from './shape.ts';

const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 5 });

test('strides are row-major, and a scalar has one element', () => {
  expect(stridesOf([2, 3, 4])).toEqual([12, 4, 1]);
  expect([sizeOf([]), sizeOf([2, 3]), sizeOf([2, 0])]).toEqual([1, 6, 0]);
});

test('broadcasting aligns at the right and stretches 1', () => {
  expect(broadcast([4, 1, 3], [2, 1])).toEqual([4, 2, 3]);
  expect(broadcast([], [5])).toEqual([5]);
  expect(broadcast([1], [0])).toEqual([0]);
  expect(broadcast([2, 3], [2])).toBeUndefined();
});

test('broadcasting does not depend on the order, keeps a shape with itself, and reads inside the operand', () => {
  fc.assert(
    fc.property(shapes, shapes, (a, b) => {
      const both = broadcast(a, b);
      expect(both).toEqual(broadcast(b, a));
      expect(broadcast(a, a)).toEqual(a);
      if (both === undefined || sizeOf(both) === 0) return;
      const strides = broadcastStrides(a, both);
      const last = both.reduce((sum, n, axis) => sum + (n - 1) * strides[axis], 0);
      expect(last).toBe(sizeOf(a) - 1);
    }),
  );
});

test('a stretched axis is read with stride 0', () => {
  expect(broadcastStrides([3, 1], [2, 3, 4])).toEqual([0, 1, 0]);
});

test('a shape splits around an axis', () => {
  expect(aroundAxis([2, 3, 4, 5], 1)).toEqual({ outer: 2, length: 3, inner: 20 });
  expect(aroundAxis([7], 0)).toEqual({ outer: 1, length: 7, inner: 1 });
});

test('shapes are the same when all their axes are', () => {
  expect(sameShape([2, 3], [2, 3])).toBe(true);
  expect(sameShape([2, 3], [2, 3, 1])).toBe(false);
  expect(sameShape([2, 3], [3, 2])).toBe(false);
});
