import { expect, test } from 'vitest';
import { formatNumber, formatValue } from './format.ts';

test.each([
  [0, '0'],
  [1200, '1,200'],
  [1.832345, '1.832'],
  [8123.123, '8,123'],
  [0.002, '0.002'],
  [1e-7, '1.000e-7'],
  [-2.5, '-2.5'],
  [1234567.8, '1.235e+6'],
  [Number.NaN, 'NaN'],
])('the number %d reads %s', (value, words) => {
  expect(formatNumber(value)).toBe(words);
});

test.each([
  ['text', 'text'],
  [true, 'true'],
  [null, 'null'],
  [undefined, 'undefined'],
  [{ a: 1 }, '{"a":1}'],
])('the value %j reads %s', (value, words) => {
  expect(formatValue(value)).toBe(words);
});
