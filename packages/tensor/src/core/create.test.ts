import { AutogradError, DTypeError, ShapeError } from '@unroll/backend';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mul } from '../operations/arithmetic.ts';
import { sum } from '../operations/reduce.ts';
import { slice } from '../operations/slice.ts';
import { assign } from './assign.ts';
import {
  arange,
  eye,
  full,
  ones,
  onesLike,
  parameter,
  tensor,
  zeros,
  zerosLike,
} from './create.ts';

describe('tensor()', () => {
  test('takes the shape of nested arrays and makes them float32', () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect([x.shape, x.dtype]).toEqual([[2, 3], 'float32']);
    expect(x.dataSync()).toEqual(new Float32Array([1, 2, 3, 4, 5, 6]));
  });

  test('makes a scalar of a number', async () => {
    expect(tensor(2.5).shape).toEqual([]);
    expect(await tensor(2.5).item()).toBe(2.5);
  });

  test('keeps the dtype of a typed array, and copies it', () => {
    const values = new Int32Array([1, 2]);
    const x = tensor(values);
    values[0] = 9;
    expect(x.dtype).toBe('int32');
    expect([...x.dataSync()]).toEqual([1, 2]);
  });

  test('lays flat values out in a given shape', async () => {
    expect(await tensor(new Float64Array(4).fill(1), { shape: [2, 2] }).toArray()).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(() => tensor([1, 2, 3], { shape: [2, 2] })).toThrow(
      'tensor: 3 values do not fill [2, 2]',
    );
  });

  test('makes bools of anything that is not 0', () => {
    expect([...tensor([0, 2, -1], { dtype: 'bool' }).dataSync()]).toEqual([0, 1, 1]);
    expect([...tensor(new Float32Array([0, 0.5]), { dtype: 'bool' }).dataSync()]).toEqual([0, 1]);
  });

  test('refuses ragged arrays and points to Sequence', () => {
    expect(() => tensor([[1, 2], [3]])).toThrow(ShapeError);
    expect(() => tensor([[1, 2], [3]])).toThrow(/Sequence\.fromArrays/);
    expect(() => tensor([[1], 2])).toThrow(ShapeError);
    expect(() => tensor([1, [2]])).toThrow(ShapeError);
  });

  test('refuses what is no number and no array, by its kind', () => {
    const kinds: [unknown, string][] = [
      ['ab', 'string'],
      [undefined, 'undefined'],
      [null, 'null'],
      [[1, 'a'], 'string'],
      [[[1], [undefined]], 'undefined'],
      [[1n], 'bigint'],
      [{ length: 2 }, 'Object'],
      [new Int16Array(2), 'Int16Array'],
    ];
    for (const [values, kind] of kinds) {
      expect(() => tensor(values as never)).toThrow(DTypeError);
      expect(() => tensor(values as never)).toThrow(`and Uint8Array; got ${kind}`);
    }
  });

  test('holds empty arrays', () => {
    expect(tensor([]).shape).toEqual([0]);
    expect(tensor([[], []]).shape).toEqual([2, 0]);
  });

  test('gives its values back as they were nested', async () => {
    const matrix = fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))
      .chain(([m, n]) =>
        fc.array(fc.array(fc.integer({ min: -99, max: 99 }), { minLength: n, maxLength: n }), {
          minLength: m,
          maxLength: m,
        }),
      );
    await fc.assert(
      fc.asyncProperty(matrix, async (values) => {
        expect(await tensor(values).toArray()).toEqual(values);
      }),
    );
  });
});

test('the usual fillings have the shape, value and dtype asked for', () => {
  expect([...zeros([2, 2]).dataSync()]).toEqual([0, 0, 0, 0]);
  expect([...ones([2], { dtype: 'float64' }).dataSync()]).toEqual([1, 1]);
  expect([...full([2], 7, { dtype: 'int32' }).dataSync()]).toEqual([7, 7]);
  expect([...full([2], 7, { dtype: 'bool' }).dataSync()]).toEqual([1, 1]);
  expect(arange(3).dtype).toBe('int32');
  expect([...arange(3).dataSync()]).toEqual([0, 1, 2]);
  expect([...eye(2).dataSync()]).toEqual([1, 0, 0, 1]);
  expect(zerosLike(arange(3)).dtype).toBe('int32');
  expect(onesLike(eye(2)).shape).toEqual([2, 2]);
});

test('a size that is no whole number from 0 on is refused', () => {
  for (const shape of [[-1], [1.5], [Number.NaN]]) expect(() => zeros(shape)).toThrow(ShapeError);
  expect(() => tensor([1, 2, 3, 4], { shape: [-2, -2] })).toThrow('tensor: sizes must be whole');
  expect(zeros([0, 3]).size).toBe(0);
});

test('a dtype that does not exist, and more than the memory holds, are refused by name', () => {
  const dtype = 'float16' as never;
  for (const make of [() => zeros([2], { dtype }), () => tensor([1], { dtype })]) {
    expect(make).toThrow(DTypeError);
    expect(make).toThrow('there is no dtype float16; there are float32, float64, int32, bool');
  }
  expect(() => eye(1e8)).toThrow(ShapeError);
  expect(() => eye(1e8)).toThrow('eye: there is no memory for [100000000, 100000000] in float32');
});

test('only floating tensors can want a gradient or be a parameter', () => {
  expect(() => tensor([1], { dtype: 'int32', requiresGrad: true })).toThrow(AutogradError);
  expect(() => parameter(arange(2))).toThrow(DTypeError);
  expect(parameter(ones([2])).requiresGrad).toBe(true);
});

describe('assign', () => {
  test('writes to everything that shares the memory', () => {
    const x = zeros([2, 2]);
    const row = slice(x, { axis: 0, from: 1, to: 2 });
    assign(x, ones([2, 2]));
    expect([...row.dataSync()]).toEqual([1, 1]);
  });

  test('refuses another shape or dtype, and a computed target', () => {
    expect(() => assign(zeros([2]), zeros([3]))).toThrow('shapes must be equal; got [2] and [3]');
    expect(() => assign(zeros([2]), arange(2))).toThrow(DTypeError);
    const x = tensor([1, 2], { requiresGrad: true });
    expect(() => assign(mul(x, x), x)).toThrow(/computed by mul/);
  });

  test('is noticed by a backward pass that saved the older values', () => {
    const x = tensor([1, 2], { requiresGrad: true });
    const y = sum(mul(x, x));
    assign(x, zeros([2]), 'SGD');
    expect(() => y.backward()).toThrow(/mul saved a value \[2\] at version 0, and SGD has written/);
  });
});
