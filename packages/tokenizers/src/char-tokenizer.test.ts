import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CharTokenizer } from './char-tokenizer.ts';
import { TokenizerError } from './errors.ts';
import { tokenizerFromJSON } from './from-json.ts';
import { unknownShare } from './tokenizer.ts';

/** Any string of UTF-16 units, surrogates without a partner among them. */
const anyText = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit)),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    { minLength: 1 },
  )
  .map((parts) => parts.join(''))
  .filter((text) => text.length > 0);

describe('CharTokenizer', () => {
  test('gives ids by code point after <unk>, however often a character occurs', () => {
    const tokenizer = CharTokenizer.train('hello');
    expect(tokenizer.tokens).toEqual(['<unk>', 'e', 'h', 'l', 'o']);
    expect(CharTokenizer.train('oooooleh').tokens).toEqual(tokenizer.tokens);
    expect(tokenizer.encode('hole')).toEqual(Int32Array.of(2, 4, 3, 1));
    expect(tokenizer.vocabSize).toBe(5);
    expect(tokenizer.unkId).toBe(0);
  });

  test('orders by code point beyond U+FFFF, where UTF-16 order differs', () => {
    expect(CharTokenizer.train('\u{1F600}\uFFFC').tokens).toEqual(['<unk>', '\uFFFC', '\u{1F600}']);
  });

  test('takes a character beyond U+FFFF as one id', () => {
    const tokenizer = CharTokenizer.train('a😀');
    expect(tokenizer.encode('😀a😀')).toEqual(Int32Array.of(2, 1, 2));
  });

  test('reads back any text that it was trained on, lone surrogates included', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const tokenizer = CharTokenizer.train(text);
        const ids = tokenizer.encode(text);
        expect(tokenizer.decode(ids)).toBe(text);
        expect(ids.length).toBe([...text].length);
        expect(tokenizer.vocabSize).toBe(new Set(text).size + 1);
      }),
      { numRuns: 300 },
    );
  });

  test('reads back every code point of the first two planes', () => {
    const all: string[] = [];
    for (let code = 0; code < 0x20000; code++) all.push(String.fromCodePoint(code), ' ');
    const text = all.join('');
    const tokenizer = CharTokenizer.train(text);
    expect(tokenizer.decode(tokenizer.encode(text)) === text).toBe(true);
  });

  test('keeps the number of characters where some are unknown, which read as U+FFFD', () => {
    const tokenizer = CharTokenizer.train('abc');
    expect(tokenizer.decode(tokenizer.encode('axb😀'))).toBe('a\uFFFDb\uFFFD');
    expect(unknownShare(tokenizer, 'axb😀')).toBe(0.5);
    expect(unknownShare(tokenizer, '')).toBe(0);
  });

  test('never makes a character of the text into <unk>, even in a text that holds these letters', () => {
    const tokenizer = CharTokenizer.train('<unk>');
    expect(tokenizer.tokens).toEqual(['<unk>', '<', '>', 'k', 'n', 'u']);
    expect(tokenizer.decode(tokenizer.encode('<unk>'))).toBe('<unk>');
  });

  test('leaves out characters rarer than minCount', () => {
    expect(CharTokenizer.train('aaabbc', { minCount: 2 }).tokens).toEqual(['<unk>', 'a', 'b']);
  });

  test('keeps the most frequent characters within maxVocab, ties by code point', () => {
    const options = { maxVocab: 3 };
    expect(CharTokenizer.train('czzbba', options).tokens).toEqual(['<unk>', 'b', 'z']);
    expect(CharTokenizer.train('dcba', options).tokens).toEqual(['<unk>', 'a', 'b']);
  });

  test('encodes and decodes nothing as nothing', () => {
    const tokenizer = CharTokenizer.train('a');
    expect(tokenizer.encode('')).toEqual(new Int32Array(0));
    expect(tokenizer.decode([])).toBe('');
  });

  test.each([
    ['an empty text', () => CharTokenizer.train(''), /the text is empty/],
    ['a text that is no string', () => CharTokenizer.train(5 as never), /must be a string; got 5/],
    [
      'minCount 0',
      () => CharTokenizer.train('a', { minCount: 0 }),
      /minCount .* at least 1; got 0/,
    ],
    ['maxVocab 1', () => CharTokenizer.train('a', { maxVocab: 1 }), /maxVocab .* least 2; got 1/],
    ['maxVocab 2.5', () => CharTokenizer.train('a', { maxVocab: 2.5 }), /whole number/],
    [
      'a minCount never reached',
      () => CharTokenizer.train('aab', { minCount: 3 }),
      /occurs 2 times/,
    ],
    [
      'an id too large',
      () => CharTokenizer.train('a').decode([1, 2]),
      /id 2 at position 1 .* 0 … 1/,
    ],
    ['an id that is no number', () => CharTokenizer.train('a').decode([Number.NaN]), /id NaN/],
    ['a negative id', () => CharTokenizer.train('a').decode(Int32Array.of(-1)), /id -1/],
    ['undefined as text', () => CharTokenizer.train('a').encode(undefined as never), /a string/],
  ])('refuses %s', (_, act, words) => {
    expect(act).toThrow(TokenizerError);
    expect(act).toThrow(words);
  });
});

describe('tokenizerFromJSON', () => {
  test('reads back what toJSON wrote, through text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const tokenizer = CharTokenizer.train(text);
        const loaded = tokenizerFromJSON(JSON.parse(JSON.stringify(tokenizer)));
        expect(loaded).toBeInstanceOf(CharTokenizer);
        expect(loaded.tokens).toEqual(tokenizer.tokens);
        expect(loaded.encode(text)).toEqual(tokenizer.encode(text));
      }),
    );
  });

  test.each([
    ['a string', '{"kind":"char"}', /JSON\.parse/],
    ['null', null, /must be an object; got null/],
    ['an array', [], /must be an object; got an array of 0/],
    ['an unknown kind', { kind: 'bpe', tokens: [] }, /kind "bpe" is not one .*"char"/],
    ['a kind that objects inherit', { kind: 'constructor', tokens: [] }, /kind "constructor"/],
    ['no kind', { tokens: ['<unk>'] }, /kind undefined/],
    ['no tokens', { kind: 'char' }, /tokens must be an array; got undefined/],
    ['tokens that are an object', { kind: 'char', tokens: { length: 9 } }, /got an object/],
    ['no <unk>', { kind: 'char', tokens: ['a'] }, /first token must be '<unk>'; got "a"/],
    ['no token at all', { kind: 'char', tokens: [] }, /first token must be .* got no tokens/],
    ['a number among the tokens', { kind: 'char', tokens: ['<unk>', 7] }, /token 1 .* got 7/],
    ['a token twice', { kind: 'char', tokens: ['<unk>', 'a', 'b', 'a'] }, /"a" is both 1 and 3/],
    [
      'a token of two characters',
      { kind: 'char', tokens: ['<unk>', 'ab'] },
      /one character; got "ab"/,
    ],
    ['an empty token', { kind: 'char', tokens: ['<unk>', ''] }, /one character; got ""/],
  ])('refuses %s', (_, json, words) => {
    expect(() => tokenizerFromJSON(json)).toThrow(TokenizerError);
    expect(() => tokenizerFromJSON(json)).toThrow(words);
  });
});
