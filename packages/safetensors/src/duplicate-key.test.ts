import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { duplicateKey } from './duplicate-key.ts';

describe('duplicateKey', () => {
  test('finds no key twice in what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
        expect(duplicateKey(JSON.stringify(value, null, indent))).toBeUndefined();
      }),
    );
  });

  test.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"a":1,"b":{"c":1},"a":2}', 'a'],
    ['{"a":[{"b":1},{"b":1,"c":{},"b":1}]}', 'b'],
    ['{ "a\\"" : ",\\"a\\":" , "b" : [] , "a\\u0022" : {} }', 'a"'],
    ['{"":0,"":0}', ''],
  ])('finds the key twice in %s', (json, key) => {
    expect(duplicateKey(json)).toBe(key);
  });

  test.each([
    '{"a":"a","b":["a","a"],"c":{"a":1}}',
    '[{"a":1},{"a":1}]',
    '{"a":"\\\\","b":"\\"a\\":"}',
    '"a"',
  ])('takes the same text as key and value, or in two objects, in %s', (json) => {
    expect(duplicateKey(json)).toBeUndefined();
  });
});
