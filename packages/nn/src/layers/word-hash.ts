import { DataError, type DType, OptionError, refuseUnknownOptions } from '@unroll/backend';
import {
  full,
  indexSelect,
  reshape,
  scatterAdd,
  slice,
  type Tensor,
  tensor,
  zeros,
} from '@unroll/tensor';
import { Module } from '../module/module.ts';
import { lookingUp } from './ids.ts';
import { needSizes, type Rows, rowwise } from './rowwise.ts';

export interface WordHashOptions {
  /** The spelling of each id: a tokenizer's `tokens`, or any list of words. */
  tokens: readonly string[];
  /** Letters of an n-gram; default 3. */
  n?: number;
  /** Whether `#` is set before and behind every word, so that its ends are seen, as in the paper; default false. */
  boundary?: boolean;
  /** A token that stands for all other words, not for its own spelling; default `<unk>`. */
  unknown?: string;
  /** Default float32. */
  dtype?: DType;
  /** Default: `WordHash` with a number. */
  name?: string;
}

const known: Record<keyof WordHashOptions, true> = {
  tokens: true,
  n: true,
  boundary: true,
  unknown: true,
  dtype: true,
  name: true,
};

/**
 * How often each letter n-gram occurs in a word: word hashing (Huang et al. 2013). `apple` is `app`, `ppl` and `ple`, so words that
 * are spelled alike have rows that are alike, and a word that was never seen has one too. A word shorter than n is one gram.
 *
 * There is a dimension for each n-gram that the tokens have, in the order of their characters' code points, and a last one
 * for all others.
 *
 * Takes int32 ids of tokens, a tensor `[…]` or a sequence, and gives the same kind with the axis `size` added; `encode` takes
 * words.
 *
 * @throws IndexError for an id out of range, with its place; DTypeError for ids that are not int32; OptionError for an empty
 * token or one that is there twice
 * @example
 * const hash = new WordHash({ tokens: ['apple', 'bag', 'cat', 'dog', 'elephant'] });
 * console.log(hash.grams.length, hash.size); // 12 13
 * const y = hash.encode(['apple', 'apples']); // [2, 13]; the second has one gram among the others: les
 */
export class WordHash extends Module {
  static readonly className: string = 'WordHash';

  /** Features of a row: one for each n-gram, and one for all others. */
  readonly size: number;
  readonly n: number;
  readonly boundary: boolean;
  readonly unknown: string;
  // A private field, since modules are looked for in all others.
  readonly #grams: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;
  readonly #dtype: DType | undefined;
  /** The grams of each token, `[tokens, most grams]`, filled up with `size`. */
  readonly #table: Tensor;

  constructor(options: WordHashOptions) {
    super(options.name);
    refuseUnknownOptions('WordHash', options, known);
    const { tokens, n = 3, boundary = false, unknown = '<unk>', dtype } = options;
    needSizes('WordHash', { n });
    needTokens(tokens);
    this.n = n;
    this.boundary = boundary;
    this.unknown = unknown;
    const spelled = tokens.filter((token) => token !== unknown);
    this.#grams = [...new Set(spelled.flatMap((token) => this.gramsOf(token)))].sort(byCodePoint);
    this.size = this.#grams.length + 1;
    this.#ids = new Map(this.#grams.map((gram, i) => [gram, i]));
    this.#dtype = dtype;
    this.#table = this.#tableOf(tokens);
  }

  /** The n-gram of each dimension but the last. */
  get grams(): readonly string[] {
    return this.#grams;
  }

  override forward<X extends Rows>(input: X): X {
    return lookingUp('WordHash', input, () =>
      rowwise(input, (ids) => this.#count(indexSelect(this.#table, ids))),
    );
  }

  /**
   * The rows of any words, known or not: `[words, size]`.
   *
   * @throws DataError for what is no list of words with a letter each
   */
  encode(words: readonly string[]): Tensor {
    const fits = Array.isArray(words) && words.every((w) => typeof w === 'string' && w !== '');
    if (fits && words.length > 0) return this.#count(this.#tableOf(words));
    throw new DataError('WordHash.encode', `needs a list of words; got ${JSON.stringify(words)}`);
  }

  /** The n-grams of a word, in order and as often as they occur. */
  gramsOf(word: string): string[] {
    const letters = [...(this.boundary ? `#${word}#` : word)];
    const count = Math.max(1, letters.length - this.n + 1);
    return Array.from({ length: count }, (_, i) => letters.slice(i, i + this.n).join(''));
  }

  #tableOf(words: readonly string[]): Tensor {
    const other = this.size - 1;
    const found = words.map((word) => {
      if (word === this.unknown) return [other];
      return this.gramsOf(word).map((gram) => this.#ids.get(gram) ?? other);
    });
    const most = found.reduce((n, ids) => Math.max(n, ids.length), 0);
    const table = new Int32Array(words.length * most).fill(this.size);
    for (const [i, ids] of found.entries()) table.set(ids, i * most);
    return tensor(table, { shape: [words.length, most] });
  }

  /** Rows `[…, size]` of gram ids `[…, most]`; what fills up goes to one place more, which is cut off. */
  #count(ids: Tensor): Tensor {
    const { size } = this;
    const dtype = this.#dtype;
    const most = ids.shape[ids.rank - 1];
    const flat = reshape(ids, [ids.size / most, most]);
    const counted = scatterAdd(
      zeros([flat.shape[0], size + 1], { dtype }),
      flat,
      full(flat.shape, 1, { dtype }),
      { axis: 1 },
    );
    return reshape(slice(counted, { axis: 1, to: size }), [...ids.shape.slice(0, -1), size]);
  }

  protected override details(): string[] {
    return [`${this.n}-grams`, `size ${this.size}`];
  }
}

function needTokens(tokens: readonly string[]): void {
  const isList = Array.isArray(tokens) && tokens.every((token) => typeof token === 'string');
  if (!isList || tokens.length === 0) {
    throw new OptionError('WordHash', 'tokens must be a list of words, one at least');
  }
  const empty = tokens.indexOf('');
  if (empty >= 0) throw new OptionError('WordHash', `token ${empty} is empty`, { token: empty });
  const places = new Map<string, number>();
  for (const [i, token] of tokens.entries()) {
    const first = places.get(token);
    if (first !== undefined) {
      throw new OptionError(
        'WordHash',
        `each token may occur once; ${JSON.stringify(token)} is both ${first} and ${i}`,
        { token },
      );
    }
    places.set(token, i);
  }
}

function byCodePoint(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => Array.from(text, (c) => c.codePointAt(0) as number));
  for (let i = 0; i < left.length && i < right.length; i++) {
    if (left[i] !== right[i]) return left[i] - right[i];
  }
  return left.length - right.length;
}
