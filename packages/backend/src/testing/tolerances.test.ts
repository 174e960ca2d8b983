import { expect, test } from 'vitest';
import { relativeError, roundingTolerance } from './tolerances.ts';

test('the relative error is the largest difference over the largest expected magnitude', () => {
  expect(relativeError([1, 2.5, -4], [1, 2, -4])).toBe(0.125);
  expect(relativeError([0.5], [0])).toBe(0.5);
  expect(relativeError([], [])).toBe(0);
});

test('NaN and infinity agree only with themselves', () => {
  const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
  expect(relativeError([nan, inf, -inf], [nan, inf, -inf])).toBe(0);
  for (const [a, b] of [
    [nan, 1],
    [1, nan],
    [inf, 1],
    [1, inf],
    [inf, -inf],
  ]) {
    expect(relativeError([a], [b])).toBe(inf);
  }
});

test('arrays of different lengths do not agree', () => {
  expect(relativeError([1], [1, 2])).toBe(Number.POSITIVE_INFINITY);
});

test('rounding grows with the root of the sum and with the steps', () => {
  expect(roundingTolerance(1)).toBe(2 ** -21);
  expect(roundingTolerance(16, 10)).toBe(40 * 2 ** -21);
  expect(roundingTolerance(1, 1, 'float64')).toBe(2 ** -50);
});
