import { expect, test } from 'vitest';
import { IndexError, ShapeError, UnrollError } from './errors.ts';

test('an error is data and words: its operation, its details, its own name and its cause', () => {
  const cause = new Error('why');
  const error = new ShapeError('matmul', 'inner sizes must match', { sizes: [64, 128] }, cause);
  expect(error).toBeInstanceOf(UnrollError);
  expect(error).not.toBeInstanceOf(IndexError);
  expect(error.message).toBe('matmul: inner sizes must match');
  expect(error).toMatchObject({
    name: 'ShapeError',
    operation: 'matmul',
    details: { sizes: [64, 128] },
    cause,
  });
  expect(new IndexError('gather', 'no')).not.toHaveProperty('cause');
});
