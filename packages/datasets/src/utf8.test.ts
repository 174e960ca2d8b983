import { DataError, FileError } from '@unroll/backend';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeUtf8, invalidUtf8 } from './utf8.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('decodeUtf8', () => {
  test('gives back any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        expect(decodeUtf8('readText', bytes(`\uFEFF${text}`), 'a', { newlines: 'keep' })).toBe(
          text,
        );
      }),
    );
  });

  test('makes line ends one kind by default, and keeps them when asked', () => {
    const text = 'a\r\nb\rc\nd\r\r\n';
    expect(decodeUtf8('readText', bytes(text), 'a')).toBe('a\nb\nc\nd\n\n');
    expect(decodeUtf8('readText', bytes(text), 'a', { newlines: 'keep' })).toBe(text);
  });

  test('takes away a byte order mark, and no other U+FEFF', () => {
    expect(decodeUtf8('readText', bytes('\uFEFFa\uFEFF'), 'a')).toBe('a\uFEFF');
  });

  test('refuses broken UTF-8, naming the source and the place', () => {
    const broken = Uint8Array.of(...bytes('für'), 0xfc, 0x72);
    expect(() => decodeUtf8('readText', broken, 'book.txt')).toThrow(FileError);
    expect(() => decodeUtf8('readText', broken, 'book.txt')).toThrow(
      'readText: book.txt: is not UTF-8: byte 4 (0xfc) fits no character; save it as UTF-8',
    );
  });

  test('says what a file in UTF-16 is', () => {
    expect(() => decodeUtf8('readText', Uint8Array.of(0xff, 0xfe, 0x61, 0), 'a')).toThrow(
      'begins like UTF-16',
    );
    expect(() => decodeUtf8('readText', Uint8Array.of(0xfe, 0xff, 0, 0x61), 'a')).toThrow(
      'begins like UTF-16',
    );
  });

  test('refuses a source without text', () => {
    expect(() => decodeUtf8('readText', new Uint8Array(0), 'book.txt')).toThrow(DataError);
    expect(() => decodeUtf8('readText', bytes('\uFEFF'), 'book.txt')).toThrow('book.txt: is empty');
  });
});

describe('invalidUtf8', () => {
  test('finds a place exactly where the strict decoder refuses', () => {
    // Bytes near the borders of the rules, so that broken sequences of all kinds come up.
    const border = fc.constantFrom(
      ...[0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec],
      ...[0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff],
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 6 }),
        fc.array(border, { maxLength: 6 }),
        (any, near) => {
          for (const data of [any, Uint8Array.from(near)]) {
            const offset = invalidUtf8(data);
            expect(offset < 0).toBe(decodes(data));
            // What stands before the place is whole.
            if (offset >= 0) expect(decodes(data.subarray(0, offset))).toBe(true);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('names the start of a character that is cut off', () => {
    expect(invalidUtf8(bytes('ab€').subarray(0, 4))).toBe(2);
    expect(invalidUtf8(bytes('ab😀').subarray(0, 5))).toBe(2);
    expect(invalidUtf8(bytes('ab😀'))).toBe(-1);
  });
});

function decodes(data: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(data);
    return true;
  } catch {
    return false;
  }
}
