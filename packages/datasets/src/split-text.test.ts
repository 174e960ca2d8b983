import { DataError, OptionError } from '@unroll/backend';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitText } from './split-text.ts';

describe('splitText', () => {
  test('cuts 90, 5 and 5 % by default, in this order', () => {
    const text = Array.from({ length: 100 }, (_, i) => String.fromCharCode(0x4e00 + i)).join('');
    const { train, valid, test } = splitText(text);
    expect([train, valid, test]).toEqual([text.slice(0, 90), text.slice(90, 95), text.slice(95)]);
  });

  test('loses nothing and never cuts a surrogate pair', () => {
    const shares = fc
      .tuple(fc.nat(20), fc.nat(20), fc.nat(20))
      .filter(([a, b, c]) => a + b + c > 0);
    const text = fc.string({ unit: fc.constantFrom('a', '😀'), minLength: 60, maxLength: 90 });
    fc.assert(
      fc.property(text, shares, (whole, [a, b, c]) => {
        const sum = a + b + c;
        const { train, valid, test } = splitText(whole, {
          train: a / sum,
          valid: b / sum,
          test: c / sum,
        });
        expect(train + valid + test).toBe(whole);
        for (const part of [train, valid, test]) expect(part).not.toMatch(/\p{Surrogate}/u);
        expect(Math.abs(train.length - (whole.length * a) / sum)).toBeLessThanOrEqual(1.5);
        expect(Math.abs(test.length - (whole.length * c) / sum)).toBeLessThanOrEqual(1.5);
        if (b === 0) expect(valid).toBe('');
      }),
    );
  });

  test('cuts ids without copying them', () => {
    const ids = Int32Array.from({ length: 10 }, (_, i) => i);
    const { train, valid, test } = splitText(ids, { train: 0.7, valid: 0.3 });
    expect([...train]).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect([...valid]).toEqual([7, 8, 9]);
    expect(test.length).toBe(0);
    expect(train.buffer).toBe(ids.buffer);
  });

  test.each([
    ['fractions over 1', { train: 0.9, valid: 0.2 }],
    ['fractions below 1', { train: 0.9 }],
    ['a negative fraction', { train: 1.1, valid: -0.1 }],
    ['NaN', { train: Number.NaN, valid: 0.5 }],
    ['no fraction', {}],
  ])('refuses %s', (_, fractions) => {
    expect(() => splitText('abc', fractions)).toThrow(OptionError);
    expect(() => splitText('abc', fractions)).toThrow(/shares that sum to 1; got/);
  });

  test('refuses a text too short for a part that was asked for', () => {
    expect(() => splitText('')).toThrow(DataError);
    expect(() => splitText('abcdef')).toThrow(/6 characters leave none for test \(0.05\)/);
    expect(() => splitText('a', { train: 1 })).not.toThrow();
  });
});
