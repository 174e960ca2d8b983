/** A tokenizer as plain data; `kind` says which class reads it back. */
export interface TokenizerJSON {
  readonly kind: string;
  readonly tokens: readonly string[];
  /** How texts are cut, where a kind has several ways. */
  readonly options?: Readonly<Record<string, boolean>>;
}

/**
 * Text to integers and back. Ids are `0 … vocabSize − 1`; `unkId` stands for everything that is not in the vocabulary.
 *
 * Models, trainers and decoders know nothing else about a tokenizer.
 */
export interface Tokenizer {
  /** Which kind of tokenizer this is, as written to files: `'char'`, `'word'`. */
  readonly kind: string;
  /** How many ids there are, `<unk>` included. */
  readonly vocabSize: number;
  /** The id of what is not in the vocabulary. */
  readonly unkId: number;
  /** The text of each id, in the order of the ids. */
  readonly tokens: readonly string[];
  encode(text: string): Int32Array;
  decode(ids: ArrayLike<number>): string;
  toJSON(): TokenizerJSON;
}

/**
 * The share of the tokens of a text, or of many, that the vocabulary does not have, from 0 to 1; 0 where there is no token.
 *
 * @example
 * const tokenizer = CharTokenizer.train('aab');
 * unknownShare(tokenizer, 'abcd'); // 0.5
 */
export function unknownShare(tokenizer: Tokenizer, texts: string | Iterable<string>): number {
  let [unknown, tokens] = [0, 0];
  for (const text of typeof texts === 'string' ? [texts] : texts) {
    const ids = tokenizer.encode(text);
    for (const id of ids) if (id === tokenizer.unkId) unknown++;
    tokens += ids.length;
  }
  return tokens === 0 ? 0 : unknown / tokens;
}
