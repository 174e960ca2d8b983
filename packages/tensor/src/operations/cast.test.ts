import { DTypeError, reference } from '@unroll/backend';
import { expect, test } from 'vitest';
import { tensor, zeros } from '../core/create.ts';
import { backendFor, currentBackend, useBackend } from '../core/engine.ts';
import { checkOperation } from '../testing/check-operation.ts';
import { expectClose } from '../testing/expect-close.ts';
import { mul } from './arithmetic.ts';
import { cast } from './cast.ts';
import { sum } from './reduce.ts';

test('cast cuts towards zero for ids and asks "not zero" for masks', () => {
  const x = tensor([1.9, -1.9, 0]);
  expect([...cast(x, 'int32').dataSync()]).toEqual([1, -1, 0]);
  expect([...cast(x, 'bool').dataSync()]).toEqual([1, 1, 0]);
  expect(cast(cast(x, 'bool'), 'float32').dtype).toBe('float32');
  expectClose(cast(tensor([3], { dtype: 'int32' }), 'float64'), [3]);
  expect(cast(zeros([0, 2]), 'int32').shape).toEqual([0, 2]);
});

test('cast to the dtype it has gives the tensor itself', () => {
  const x = tensor([1]);
  expect(cast(x, 'float32')).toBe(x);
});

test('gradients flow between the floating dtypes and arrive in that of the input', () => {
  const x = tensor([1, 2], { requiresGrad: true });
  const wide = cast(x, 'float64');
  sum(mul(wide, wide)).backward();
  expect(x.grad?.dtype).toBe('float32');
  expectClose(x.grad ?? x, [2, 4]);
  checkOperation({
    shapes: [[2]],
    operation: (y) => cast(mul(y, y), y.dtype),
    expected: (y) => [...y.map((value) => value * value)],
  });
});

test('no gradient flows through ids', () => {
  const x = tensor([1.5], { requiresGrad: true });
  expect(cast(x, 'int32').requiresGrad).toBe(false);
});

test('cast moves float64 to the reference and back to the backend in use', () => {
  const before = currentBackend();
  const other = { ...reference(), name: 'other' };
  useBackend(other);
  try {
    const x = tensor([1, 2]);
    const wide = cast(x, 'float64');
    expect(wide.storage.backend).toBe(backendFor('float64'));
    expect(cast(x, 'int32').storage.backend).toBe(other);
    expect(cast(wide, 'float32').storage.backend).toBe(other);
    expectClose(cast(wide, 'float32'), [1, 2]);
  } finally {
    useBackend(before);
  }
});

test('cast refuses a dtype that does not exist', () => {
  expect(() => cast(tensor([1]), 'float16' as never)).toThrow(DTypeError);
  expect(() => cast(tensor([1]), 'float16' as never)).toThrow(
    'cast: there is no dtype float16; there are float32, float64, int32, bool',
  );
});
