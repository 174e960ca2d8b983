import { expect, test } from 'vitest';
import { nextReadCount } from './read-count.ts';

test('as many steps are read together as take half a second, at most 32', () => {
  expect(nextReadCount(10, 500)).toBe(10);
  expect(nextReadCount(20, 500 * 20)).toBe(1);
  expect(nextReadCount(20, 400)).toBe(25);
  expect(nextReadCount(32, 10)).toBe(32);
});

test('at most twice as many as before, and at least one', () => {
  expect(nextReadCount(1, 0)).toBe(2);
  expect(nextReadCount(4, 1)).toBe(8);
  expect(nextReadCount(1, 1e6)).toBe(1);
});
