import { ShapeError } from '@unroll/backend';
import { ones, tensor } from '@unroll/tensor';
import { describe, expect, test } from 'vitest';
import { decode, encode } from './tensors.ts';

describe('encode and decode', () => {
  test('give back tensors of every dtype with shape, dtype and values', async () => {
    const tensors = {
      a: tensor([
        [1.5, 2],
        [3, -4],
      ]),
      b: tensor([0.1, 1e300], { dtype: 'float64' }),
      c: tensor([[1], [-2]], { dtype: 'int32' }),
      d: tensor([1, 0, 1], { dtype: 'bool' }),
      e: tensor(7),
    };
    const { tensors: read, metadata } = decode(await encode(tensors, { format: '1' }));
    expect(metadata).toEqual({ format: '1' });
    expect(Object.keys(read).sort()).toEqual(Object.keys(tensors));
    for (const [name, x] of Object.entries(tensors)) {
      expect(read[name].dtype).toBe(x.dtype);
      expect(read[name].shape).toEqual(x.shape);
      expect(await read[name].data()).toEqual(await x.data());
    }
  });

  test('take a Map as well as a record, with the same bytes', async () => {
    const x = ones([2, 2]);
    expect(await encode(new Map([['x', x]]))).toEqual(await encode({ x }));
  });

  test('give tensors that the current backend computes with', async () => {
    const { tensors } = decode(await encode({ x: tensor([1, 2]) }));
    expect([...(await tensors.x.add(1).data())]).toEqual([2, 3]);
    expect(() => tensors.x.add(ones([3]))).toThrow(ShapeError);
  });
});
