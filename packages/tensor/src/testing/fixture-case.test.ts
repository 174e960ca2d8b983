import { NumericError, reference, ShapeError } from '@unroll/backend';
import { expect, test } from 'vitest';
import { tensor } from '../core/create.ts';
import { useBackend } from '../core/engine.ts';
import { allGiven, expectNear, given, leaf } from './fixture-case.ts';

const row = { dtype: 'float64', shape: [1, 2], data: [0.5, -4] } as const;
const digits = { ...row, data: [...row.data] };
const expected = allGiven({ y: digits }, 'float64');
const found = (...values: number[]) => ({ y: tensor(values, { shape: [1, 2] }) });

test('digits become a leaf in the dtype that is asked for; ids keep theirs', () => {
  const x = leaf(digits, 'float32');
  expect([x.dtype, x.shape, x.requiresGrad]).toEqual(['float32', [1, 2], true]);
  const ids = leaf({ dtype: 'int32', shape: [2], data: [3, 1] }, 'float32');
  expect([ids.dtype, ids.requiresGrad]).toEqual(['int32', false]);
  expect([...given(digits, 'float64').dataSync()]).toEqual([0.5, -4]);
});

test('what is within the tolerance of the largest value is near, on a backend without readSync too', async () => {
  const before = useBackend({ ...reference(), readSync: undefined });
  try {
    await expectNear(found(0.5003, -4), expected, 1e-4);
    await expect(expectNear(found(0.5005, -4), expected, 1e-4)).rejects.toThrow(NumericError);
    await expect(expectNear(found(Number.NaN, -4), expected, 1)).rejects.toThrow(/^y: differs by/);
  } finally {
    useBackend(before);
  }
});

test('another shape, a missing value and one too much are errors that name it', async () => {
  const flat = { y: tensor([0.5, -4]) };
  await expect(expectNear(flat, expected, 1)).rejects.toThrow(ShapeError);
  await expect(expectNear({}, expected, 1)).rejects.toThrow('y: got none, expected [1,2]');
  const more = { ...found(0.5, -4), z: tensor([1]) };
  await expect(expectNear(more, expected, 1)).rejects.toThrow('z: got [1], expected none');
});
