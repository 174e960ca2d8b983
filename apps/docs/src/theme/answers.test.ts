import { expect, test } from 'vitest';
import { isRight } from './answers.ts';

test.each([
  ['620', '620', 0],
  [' 9 % ', '9', 0],
  ['0,25', '0.25', 0],
  ['−1', '-1', 0],
  ['0.37', '0.368', 0.01],
])('%s is right where %s is asked for within %d', (given, answer, within) => {
  expect(isRight(given, answer, within)).toBe(true);
});

test.each([
  ['', '0', 0],
  ['six', '6', 0],
  ['621', '620', 0],
  ['0.39', '0.368', 0.01],
])('%s is wrong where %s is asked for within %d', (given, answer, within) => {
  expect(isRight(given, answer, within)).toBe(false);
});
