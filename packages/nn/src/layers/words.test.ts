import { DataError, DTypeError, IndexError, OptionError } from '@unroll/backend';
import { Sequence, tensor } from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OneHot } from './one-hot.ts';
import { WordHash } from './word-hash.ts';

const lexicon = ['apple', 'bag', 'cat', 'dog', 'elephant'];
const ids = (values: number[] | number[][]) => tensor(values, { dtype: 'int32' });

describe('OneHot', () => {
  test('gives every word of the lexicon its own dimension, and one to all others', () => {
    const words = ['apple', 'elephant', 'zebra'].map((word) => lexicon.indexOf(word));
    const encode = new OneHot({ numIds: 5, other: true });
    expect(encode.size).toBe(6);
    expectClose(encode.forward(ids([words, [5, 100, 1]])), [
      [
        [1, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 1, 0],
        [0, 0, 0, 0, 0, 1],
      ],
      [
        [0, 0, 0, 0, 0, 1],
        [0, 0, 0, 0, 0, 1],
        [0, 1, 0, 0, 0, 0],
      ],
    ]);
  });

  test('takes sequences, and a dtype', () => {
    const x = Sequence.fromArrays([[1], [0, 2]], { dtype: 'int32' });
    const y = new OneHot({ numIds: 3, dtype: 'float64' }).forward(x);
    expect([y.lengths, y.features, y.rows.dtype]).toEqual([[1, 2], [3], 'float64']);
    expectClose(y.last(), [
      [0, 1, 0],
      [0, 0, 1],
    ]);
  });

  test('refuses an id without a dimension, by its place', () => {
    const encode = new OneHot({ numIds: 3 });
    expect(() => encode.forward(ids([[0, 3]]))).toThrow(IndexError);
    expect(() => encode.forward(ids([[0, 3]]))).toThrow(
      'OneHot: id 3 at position [0, 1] is out of range; valid ids are 0 to 2',
    );
    const x = Sequence.fromArrays([[1], [0, -1]], { dtype: 'int32' });
    expect(() => encode.forward(x)).toThrow('OneHot: id -1 at step 1 of sequence 1');
    for (const other of [true, false]) {
      const wrong = () => new OneHot({ numIds: 3, other }).forward(tensor([1]));
      expect(wrong).toThrow(DTypeError);
      expect(wrong).toThrow('OneHot: ids must be int32; got float32');
    }
    expect(() => new OneHot({ numIds: 0 })).toThrow(OptionError);
    expect(() => new OneHot({ numIds: 2, ...{ size: 3 } })).toThrow(
      "OneHot: there is no option 'size'",
    );
  });
});

describe('WordHash', () => {
  test('counts the letter trigrams of a word', () => {
    const hash = new WordHash({ tokens: lexicon });
    expect(hash.grams).toEqual(
      ['app', 'ppl', 'ple', 'bag', 'cat', 'dog', 'ele', 'lep', 'eph', 'pha', 'han', 'ant'].sort(),
    );
    expect(hash.size).toBe(13);
    const [apple, bag] = [hash.gramsOf('apple'), hash.gramsOf('bag')];
    expect([apple, bag]).toEqual([['app', 'ppl', 'ple'], ['bag']]);
    const rows = hash.forward(ids([0, 1]));
    expectClose(
      rows,
      [apple, bag].map((own) => [...hash.grams.map((g) => (own.includes(g) ? 1 : 0)), 0]),
    );
  });

  test('sets marks around words as the paper does, and takes other n', () => {
    const marked = new WordHash({ tokens: ['good'], boundary: true });
    expect(marked.gramsOf('good')).toEqual(['#go', 'goo', 'ood', 'od#']);
    const letters = new WordHash({ tokens: ['abba'], n: 1 });
    expect(letters.grams).toEqual(['a', 'b']);
    expectClose(letters.forward(ids([0])), [[2, 2, 0]]);
    expect(new WordHash({ tokens: ['a', '😀b'], n: 2 }).grams).toEqual(['a', '😀b']);
    expect(new WordHash({ tokens: ['\uffee', '😀'], n: 1 }).grams).toEqual(['\uffee', '😀']);
  });

  test('gives words that it has not seen a row too, and the unknown token the last dimension', () => {
    const hash = new WordHash({ tokens: ['<unk>', ...lexicon] });
    expect(hash.size).toBe(13);
    const row = (word: string) => [...hash.encode([word]).dataSync()];
    expect(row('apples').at(-1)).toBe(1);
    expect(row('apples').slice(0, -1)).toEqual(row('apple').slice(0, -1));
    expect(row('<unk>')).toEqual([...new Array(12).fill(0), 1]);
    expect(row('zzzz')).toEqual([...new Array(12).fill(0), 2]);
    expectClose(hash.forward(ids([0])), [row('<unk>')]);
  });

  test('gives tokens by id what it gives them by name, whose sum is their number of grams', () => {
    const word = fc.string({
      minLength: 1,
      maxLength: 9,
      unit: fc.constantFrom('a', 'b', 'c', '猫'),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(word, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 4 }),
        (tokens, n) => {
          const hash = new WordHash({ tokens, n });
          const rows = hash.forward(ids(tokens.map((_, i) => i)));
          expectClose(rows, hash.encode(tokens), 0);
          for (const [i, token] of tokens.entries()) {
            const row = [...rows.dataSync()].slice(i * hash.size, (i + 1) * hash.size);
            expect(row.reduce((a, b) => a + b)).toBe(Math.max(1, [...token].length - n + 1));
            expect(row.at(-1)).toBe(0);
          }
        },
      ),
    );
  });

  test('takes sequences, and refuses ids and words that are none', () => {
    const hash = new WordHash({ tokens: lexicon });
    const y = hash.forward(Sequence.fromArrays([[1], [0, 2]], { dtype: 'int32' }));
    expect([y.lengths, y.features]).toEqual([[1, 2], [13]]);
    expect(() => hash.forward(ids([7]))).toThrow(
      'WordHash: id 7 at position [0] is out of range; valid ids are 0 to 4',
    );
    expect(() => hash.forward(tensor([1]))).toThrow('WordHash: ids must be int32; got float32');
    for (const words of [[], [''], 'apple', [1]]) {
      expect(() => hash.encode(words as never)).toThrow(DataError);
    }
    expect(() => new WordHash({ tokens: ['a', 'b', 'a'] })).toThrow('"a" is both 0 and 2');
    expect(() => new WordHash({ tokens: ['a', ''] })).toThrow('WordHash: token 1 is empty');
    expect(() => new WordHash({ tokens: [] })).toThrow(OptionError);
    expect(() => new WordHash({ tokens: ['a'], n: 0 })).toThrow(OptionError);
    expect(() => new WordHash({ tokens: ['a'], ...{ ngram: 3 } })).toThrow(
      "WordHash: there is no option 'ngram'",
    );
  });
});
