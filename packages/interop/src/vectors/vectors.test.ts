import { DataError, FileError, OptionError } from '@unroll/backend';
import { manualSeed, mean, square } from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { pretrainedEmbedding } from './embedding.ts';
import { readWordVectors, type WordVectorOptions } from './word-vectors.ts';

const glove = 'the 0.5 -1 2e-1\ncat 1 2 3\nsat 4 5 6\n';
const word2vec = `3 3\n${glove}`;

async function* iterate<T>(items: Iterable<T>) {
  yield* items;
}

const read = (text: string, options?: WordVectorOptions) => readWordVectors(text, options);

beforeEach(() => manualSeed(1));

describe('word vectors', () => {
  test.each([
    ['GloVe', glove],
    ['word2vec', word2vec],
    ['word2vec with spaces and line ends of Windows', word2vec.replaceAll('\n', ' \r\n')],
    ['a text without a last line end', glove.trimEnd()],
  ])('are read from %s', async (_, text) => {
    const { words, vectors } = await read(text);
    expect(words).toEqual(['the', 'cat', 'sat']);
    expectClose(vectors, [
      [0.5, -1, 0.2],
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  test('are the same however a stream is cut, inside letters too', async () => {
    const bytes = new TextEncoder().encode('größe 1 2\n😀 3 4\n');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length)), async (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const chunks = at.slice(1).map((to, i) => bytes.subarray(at[i], to));
        for (const source of [new Blob(chunks).stream(), iterate(chunks)]) {
          const { words, vectors } = await readWordVectors(source);
          expect(words).toEqual(['größe', '😀']);
          expectClose(
            vectors,
            [
              [1, 2],
              [3, 4],
            ],
            0,
          );
        }
      }),
    );
  });

  test('are kept for the words that are asked for, and reading stops when all are found', async () => {
    let given = 0;
    async function* lines() {
      for (const line of glove.split('\n')) {
        given += 1;
        yield `${line}\n`;
      }
    }
    const { words, vectors } = await readWordVectors(lines(), { words: ['cat', 'the'] });
    expect([words, vectors.shape, given]).toEqual([['the', 'cat'], [2, 3], 2]);
    expect((await read(glove, { words: ['dog'] })).vectors.shape).toEqual([0, 3]);
    expect((await read(glove, { limit: 2 })).words).toEqual(['the', 'cat']);
  });

  test('may have spaces in their words, as some of GloVe’s have', async () => {
    const { words } = await read('the 1 2\nat name@domain.com 3 4\n. . 5 6\n');
    expect(words).toEqual(['the', 'at name@domain.com', '. .']);
  });

  test('of one feature are told from a first line of word2vec by the format', async () => {
    expect((await read('7 1\n8 2\n', { format: 'glove' })).words).toEqual(['7', '8']);
    await expect(read(glove, { format: 'word2vec' })).rejects.toThrow(
      'line 1: must be the number of words and of features',
    );
  });
});

describe('what is wrong is said with its line', () => {
  test.each([
    ['a number too few', 'a 1 2\nb 1\n', 'line 2: "b" has 1 numbers; the vectors before have 2'],
    ['a number too many', 'a 1 2\nb 1 2 3\n', 'line 2: "b" has 3 numbers'],
    ['a word without numbers', 'a\n', 'line 1: "a" has 0 numbers'],
    ['NaN', 'a 1 2\nb nan 2\n', 'line 2: number 1 of "b" is "nan"'],
    ['infinity', 'a 1 inf\n', 'line 1: number 2 of "a" is "inf"'],
    ['what float32 cannot hold', 'a 1 1e39\n', 'is "1e39", which is no finite float32'],
    ['a gap', 'a 1 2\nb  2\n', 'line 2: number 1 of "b" is ""'],
    ['a word twice', 'a 1 2\nb 1 2\na 3 4\n', 'line 3: the word "a" comes a second time'],
    ['a file that is cut off', '3 2\na 1 2\nb 1 2\n', 'ends after 2 words; its first line says 3'],
    [
      'a first line that lies',
      '1 3\na 1 2\n',
      'line 2: "a" has 2 numbers; the vectors before have 3',
    ],
    ['no features', '3 0\na\n', 'says that vectors have 0 features'],
    ['nothing', '', 'the file has no vectors'],
  ])('%s', async (_, text, words) => {
    const reading = read(text, { file: 'vectors.txt' });
    await expect(reading).rejects.toThrow(FileError);
    await expect(reading).rejects.toThrow('vectors.txt, line ');
    await expect(reading).rejects.toThrow(words);
  });

  test('a word that comes twice may be allowed: the first vector counts', async () => {
    const { vectors } = await read('a 1 2\na 3 4\n', { duplicates: 'first' });
    expectClose(vectors, [[1, 2]], 0);
  });

  test('the binary format, and a file without line ends', async () => {
    const binary = Uint8Array.of(0x31, 0x20, 0x32, 0x0a, 0x61, 0x20, 0xff, 0xfe, 0x80);
    await expect(readWordVectors(binary)).rejects.toThrow('save with binary=False');
    await expect(read('x'.repeat(2 ** 24 + 1))).rejects.toThrow('a line of more than');
  });

  test('an option that cannot be', async () => {
    await expect(read(glove, { limit: 0 })).rejects.toThrow(OptionError);
    await expect(read(glove, { word: [] } as never)).rejects.toThrow("no option 'word'");
  });
});

describe('a pretrained embedding', () => {
  test('has the vectors in the order of the vocabulary, and random rows as wide as they', async () => {
    const vectors = await read(glove);
    const vocabulary = [
      '<pad>',
      'sat',
      ...Array.from({ length: 500 }, (_, i) => `unknown${i}`),
      'the',
    ];
    const { embedding, missing } = pretrainedEmbedding(vectors, {
      words: vocabulary,
      paddingIdx: 0,
    });
    expect(missing).toHaveLength(501);
    const rows = (await embedding.W.toArray()) as number[][];
    expect([rows[0], rows[1], rows[502]]).toEqual([
      [0, 0, 0],
      [4, 5, 6],
      [0.5, -1, 0.2].map(Math.fround),
    ]);
    const drawn = rows.slice(2, 502).flat();
    const rms = (x: number[]) => Math.sqrt(x.reduce((sum, y) => sum + y * y, 0) / x.length);
    const width = Math.sqrt(mean(square(vectors.vectors)).itemSync());
    expect(Math.abs(rms(drawn) / width - 1)).toBeLessThan(0.1);
    expect(embedding.W.requiresGrad).toBe(true);
  });

  test('may be float64; one without any word is refused', async () => {
    const vectors = await read(glove);
    const { embedding } = pretrainedEmbedding(vectors, { words: ['cat'], dtype: 'float64' });
    expectClose(embedding.W, [[1, 2, 3]], 0);
    expect(() => pretrainedEmbedding(vectors, { words: ['Cat'] })).toThrow(DataError);
  });
});
