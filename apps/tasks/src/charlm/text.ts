import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gutenbergText, splitText } from '@unroll/datasets';
import { readText } from '@unroll/datasets/node';
import type { Tokenizer } from '@unroll/tokenizers';
import { type Level, levels } from './levels.ts';
import { fitMarkov } from './markov.ts';

/** A text made ready for a language model. */
export interface PreparedText {
  /** Its file's or folder's name, without the way there. */
  readonly name: string;
  readonly level: Level;
  readonly characters: number;
  /** Knows the characters, or the commonest words, of the training part; all others are `<unk>`. */
  readonly tokenizer: Tokenizer;
  /** The ids of the first 90 % of the characters, the next 5 %, the last 5 %. */
  readonly train: Int32Array;
  readonly valid: Int32Array;
  readonly test: Int32Array;
}

/** A snapshot of this repository's own source and docs, made by scripts/make-corpus.ts. */
const embedded = fileURLToPath(new URL('../../corpus/unroll.txt', import.meta.url));

/**
 * Reads a text file, or a folder with exactly one `.txt`, cuts what Project Gutenberg put around it, and splits it.
 *
 * @param path default: the embedded corpus
 * @throws FileError, DataError when the text cannot be read, is empty or too short to split
 */
export async function prepareText(
  path: string = embedded,
  level: Level = 'char',
): Promise<PreparedText> {
  const text = gutenbergText(await readText(path, { newlines: 'lf' }));
  const parts = splitText(text, { train: 0.9, valid: 0.05, test: 0.05 });
  const tokenizer = levels[level].tokenizerOf(parts.train);
  const [train, valid, test] = [parts.train, parts.valid, parts.test].map((part) =>
    tokenizer.encode(part),
  );
  const characters = Array.from(text).length;
  return { name: basename(path), level, characters, tokenizer, train, valid, test };
}

/** Nats per token on the validation part of Markov models of order 0, 1 and 2, fitted to the training part. */
export function markovBaselines({ train, valid, tokenizer }: PreparedText): readonly number[] {
  const { vocabSize } = tokenizer;
  return [0, 1, 2].map((order) => fitMarkov(train, { order, vocabSize }).nats(valid));
}
