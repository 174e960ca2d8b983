import { expect, test } from 'vitest';
import { allocate, bytesOf, dtypeOf, dtypes, isFloating } from './dtype.ts';

test('each dtype has its host memory, which tells the dtype', () => {
  for (const dtype of dtypes) {
    const values = allocate(dtype, 3);
    expect([...values]).toEqual([0, 0, 0]);
    expect(dtypeOf(values)).toBe(dtype);
    expect(values.byteLength).toBe(3 * bytesOf(dtype));
  }
});

test('other arrays have no dtype', () => {
  for (const other of [[1, 2], new Int16Array(2), new BigInt64Array(2), 'float32', undefined]) {
    expect(dtypeOf(other)).toBeUndefined();
  }
});

test('two dtypes are floating', () => {
  expect(dtypes.filter(isFloating)).toEqual(['float32', 'float64']);
});
