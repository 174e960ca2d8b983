import { CharTokenizer, type Tokenizer, WordTokenizer } from '@unroll/tokenizers';

/** What a text is read and written in, one by one. */
export type Level = 'char' | 'word';

export interface LevelTraits {
  readonly one: string;
  readonly many: string;
  /** What a loss is called in a result. */
  readonly metric: string;
  /** What a sample begins after. */
  readonly start: string;
  /** So many are in a sample. */
  readonly sample: number;
  tokenizerOf(train: string): Tokenizer;
}

export const levels: Readonly<Record<Level, LevelTraits>> = {
  char: {
    one: 'character',
    many: 'characters',
    metric: 'natsPerChar',
    start: '\n',
    sample: 500,
    tokenizerOf: (train) => CharTokenizer.train(train),
  },
  /**
   * Punctuation marks are words of their own; capital letters are not told apart. A word that is there once stands for all that
   * are not, so that the net learns where to expect those.
   */
  word: {
    one: 'word',
    many: 'words',
    metric: 'natsPerWord',
    start: '.',
    sample: 120,
    tokenizerOf: (train) =>
      WordTokenizer.train(train, { maxVocab: 10_000, minCount: 2, punctuation: true }),
  },
};
