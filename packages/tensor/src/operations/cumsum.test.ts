import { IndexError } from '@unroll/backend';
import { expect, test } from 'vitest';
import { arange, tensor, zeros } from '../core/create.ts';
import { checkOperation } from '../testing/check-operation.ts';
import { expectClose } from '../testing/expect-close.ts';
import { isnan } from './arithmetic.ts';
import { cumsum } from './cumsum.ts';

test('cumsum runs along an axis, from either end', () => {
  checkOperation({
    shapes: [[3]],
    operation: (x) => cumsum(x, { axis: 0 }),
    expected: (x) => [x[0], x[0] + x[1], x[0] + x[1] + x[2]],
  });
  checkOperation({
    shapes: [[2, 2]],
    operation: (x) => cumsum(x, { axis: -2, reverse: true }),
    expected: (x) => [
      [x[0] + x[2], x[1] + x[3]],
      [x[2], x[3]],
    ],
  });
  checkOperation({ shapes: [[2, 3, 2]], operation: (x) => cumsum(x, { axis: 1 }) });
});

test('cumsum keeps ids and counts masks', () => {
  const ids = cumsum(arange(4), { axis: 0 });
  expect([ids.dtype, ...ids.dataSync()]).toEqual(['int32', 0, 1, 3, 6]);
  const counts = cumsum(isnan(tensor([NaN, 0, NaN])), { axis: 0 });
  expect([counts.dtype, ...counts.dataSync()]).toEqual(['int32', 1, 1, 2]);
});

test('cumsum of nothing is nothing', () => {
  expectClose(cumsum(zeros([2, 0]), { axis: 1 }), zeros([2, 0]));
});

test('cumsum needs an axis that exists', () => {
  expect(() => cumsum(tensor(1), { axis: 0 })).toThrow(IndexError);
  expect(() => cumsum(tensor([1]), { axis: 1 })).toThrow('cumsum: axis 1 does not exist in [1]');
});
