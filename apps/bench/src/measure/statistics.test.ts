import { expect, test } from 'vitest';
import { difference, exponent, geometricMean, median } from './statistics.ts';

test('the median is the middle value, or the mean of the two in the middle', () => {
  expect(median([9, 1, 2])).toBe(2);
  expect(median([4, 1, 100, 2])).toBe(3);
  expect(() => median([])).toThrow('at least one value');
});

test('the geometric mean of a factor and its inverse is 1', () => {
  expect(geometricMean([4, 0.25])).toBeCloseTo(1, 12);
  expect(geometricMean([2, 8])).toBeCloseTo(4, 12);
  expect(() => geometricMean([1, 0])).toThrow('above 0');
});

test('the exponent of a power law is found, whatever its factor', () => {
  const points = [1, 3, 10, 100].map((x) => [x, 7 * x ** 1.3] as const);
  expect(exponent(points)).toBeCloseTo(1.3, 12);
  expect(() => exponent([[1, 1]])).toThrow('two points');
});

test('a difference is a share of the second value', () => {
  expect(difference(110, 100)).toBeCloseTo(0.1, 12);
  expect(difference(90, 100)).toBeCloseTo(0.1, 12);
});
