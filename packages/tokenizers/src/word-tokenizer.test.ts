import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TokenizerError } from './errors.ts';
import { tokenizerFromJSON } from './from-json.ts';
import { unknownShare } from './tokenizer.ts';
import { WordTokenizer } from './word-tokenizer.ts';
import { words } from './words.ts';

const plain = { lowercase: true, punctuation: false };
const marked = { lowercase: true, punctuation: true };

describe('words', () => {
  test('are what Unicode calls letters, digits and marks, held together by apostrophes', () => {
    expect(words("It's l'été, ДОМ 2nd o’clock… 'quoted' rock'n'roll", plain)).toEqual([
      ...["it's", "l'été", 'дом', '2nd', "o'clock", 'quoted', "rock'n'roll"],
    ]);
  });

  test('keep vowel signs and joiners, of which Indic and Arabic words are made', () => {
    expect(words('हिन्दी भाषा – مَدْرَسَة', plain)).toEqual(['हिन्दी', 'भाषा', 'مَدْرَسَة']);
  });

  test('are single letters where a script puts no space between words', () => {
    expect(words('日本語 ok カナ', plain)).toEqual(['日', '本', '語', 'ok', 'カ', 'ナ']);
  });

  test('are the same for a composed and a decomposed letter', () => {
    expect(words('cafe\u0301', plain)).toEqual(words('café', plain));
  });

  test('leave marks out, or take each as a token, an emoji of several code points as one', () => {
    expect(words('Great!! 👨‍👩‍👧 7/10', plain)).toEqual(['great', '7', '10']);
    expect(words('Great!! 👨‍👩‍👧 7/10', marked)).toEqual([
      'great',
      '!',
      '!',
      '👨‍👩‍👧',
      '7',
      '/',
      '10',
    ]);
    expect(words('Great', { ...plain, lowercase: false })).toEqual(['Great']);
  });

  test('come back as they are when they are joined and cut again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, punctuation) => {
        const options = { lowercase: true, punctuation };
        const once = words(text, options);
        expect(words(once.join(' '), options)).toEqual(once);
      }),
      { numRuns: 500 },
    );
  });
});

describe('WordTokenizer', () => {
  test('keeps the most frequent words and gives ids by code point', () => {
    const tokenizer = WordTokenizer.train(['Good fun.', 'Not good.', 'fun!'], { maxVocab: 3 });
    expect(tokenizer.tokens).toEqual(['<unk>', 'fun', 'good']);
    expect(tokenizer.encode('GOOD, not bad')).toEqual(Int32Array.of(2, 0, 0));
    expect(tokenizer.decode([2, 0, 0])).toBe('good <unk> <unk>');
    expect(WordTokenizer.train('a b b', { minCount: 2 }).tokens).toEqual(['<unk>', 'b']);
  });

  test('says what share of texts it does not know', () => {
    const tokenizer = WordTokenizer.train('good fun');
    expect(unknownShare(tokenizer, ['good day', 'fun', ''])).toBeCloseTo(1 / 3, 12);
    expect(unknownShare(tokenizer, '…')).toBe(0);
  });

  test('is read back from a file with the way it cuts', () => {
    const tokenizer = WordTokenizer.train('Oh no! No.', { lowercase: false, punctuation: true });
    const again = tokenizerFromJSON(JSON.parse(JSON.stringify(tokenizer)));
    expect(again.tokens).toEqual(['<unk>', '!', '.', 'No', 'Oh', 'no']);
    expect(again.encode('No! no?')).toEqual(tokenizer.encode('No! no?'));
    expect(tokenizerFromJSON({ kind: 'word', tokens: ['<unk>', 'a'] }).encode('A')).toEqual(
      Int32Array.of(1),
    );
  });

  test('refuses what would never be found: tokens that are cut otherwise', () => {
    expect(() => new WordTokenizer(['<unk>', 'Good'])).toThrow(
      'token 1 must be one word as these options cut it; got "Good"',
    );
    expect(() => new WordTokenizer(['<unk>', 'two words'])).toThrow('"two words"');
    expect(() => new WordTokenizer(['<unk>', ''])).toThrow(TokenizerError);
  });

  test('refuses options that are none, texts that are none, and ids of another tokenizer', () => {
    const wrong = { lowercase: 'yes', stem: true } as never;
    expect(() => WordTokenizer.train('a', wrong)).toThrow(
      'got lowercase: "yes", stem: true; there are lowercase and punctuation, true or false',
    );
    expect(() => WordTokenizer.train([1] as never)).toThrow('the text must be a string; got 1');
    expect(() => WordTokenizer.train(7 as never)).toThrow('needs a text or texts; got 7');
    expect(() => WordTokenizer.train(['…', ''])).toThrow(TokenizerError);
    expect(() => WordTokenizer.train('a').decode([2])).toThrow(
      'id 2 at position 0 is outside 0 … 1',
    );
    const json = { kind: 'word', tokens: ['<unk>', 'a'], options: 3 };
    expect(() => tokenizerFromJSON(json)).toThrow('options must be an object; got 3');
  });
});
