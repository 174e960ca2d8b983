import { OptionError } from '@unroll/backend';
import { expect, test } from 'vitest';
import { readCount, readText } from './option-values.ts';

test.each([
  ['0', {}, 0],
  ['12', { min: 1, max: 12 }, 12],
])('%s is a whole number', (typed, range, expected) => {
  expect(readCount('--n', typed, range)).toBe(expected);
});

test.each([
  ['0', { min: 1 }, '--n: must be a whole number of at least 1; got "0"'],
  ['13', { max: 12 }, '--n: must be a whole number from 0 to 12; got "13"'],
  ['1.5', {}, 'got "1.5"'],
  ['', {}, 'got ""'],
  ['-1', {}, 'got "-1"'],
])('"%s" is none in the range %j', (typed, range, words) => {
  expect(() => readCount('--n', typed, range)).toThrow(OptionError);
  expect(() => readCount('--n', typed, range)).toThrow(words);
});

test('a text is neither empty nor an option', () => {
  expect(readText('--data', '-- a', 'PATH')).toBe('-- a');
  for (const typed of ['', '--resume']) {
    expect(() => readText('--data', typed, 'PATH')).toThrow(
      '--data: needs a value; write --data PATH',
    );
  }
});
