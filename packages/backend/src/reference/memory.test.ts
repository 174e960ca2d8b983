import { expect, test } from 'vitest';
import { DTypeError, UnsupportedError } from '../contract/errors.ts';
import { reference } from './reference.ts';

const { kernels, ...backend } = reference();

test('memory of another backend is refused, and the way out is said', () => {
  const memory = { dtype: 'float32', length: 2 } as const;
  const foreign = { memory, offset: 0, shape: [2], dtype: 'float32' } as const;
  expect(() => kernels.cast(foreign, 'float64')).toThrow(UnsupportedError);
  expect(() => kernels.cast(foreign, 'float64')).toThrow('read it there and upload it here');
});

test('ids that are not int32 are refused', () => {
  const memory = backend.upload(new Float32Array([0, 1]));
  const x = { memory, offset: 0, shape: [2], dtype: 'float32' } as const;
  expect(() => kernels.indexSelect(x, x, 0)).toThrow(DTypeError);
});

test('an array that is no tensor memory cannot be uploaded', () => {
  const shorts = new Int16Array(2) as unknown as Int32Array;
  expect(() => backend.upload(shorts)).toThrow(DTypeError);
});

test('an id into an empty axis is refused as such', () => {
  const empty = backend.upload(new Float32Array(0));
  const ids = backend.upload(new Int32Array([0]));
  expect(() =>
    kernels.indexSelect(
      { memory: empty, offset: 0, shape: [0, 3], dtype: 'float32' },
      { memory: ids, offset: 0, shape: [1], dtype: 'int32' },
      0,
    ),
  ).toThrow('indexSelect: id 0 at position 0 is out of range; the axis is empty');
});
