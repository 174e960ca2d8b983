/** A tokenizer as plain data; `kind` says which class reads it back. */
export interface TokenizerJSON {
  readonly kind: string;
  readonly tokens: readonly string[];
}

/**
 * Text to integers and back. Ids are `0 … vocabSize − 1`; `unkId` stands for everything that is not in the vocabulary.
 *
 * Models, trainers and decoders know nothing else about a tokenizer.
 */
export interface Tokenizer {
  /** Which kind of tokenizer this is, as written to files: `'char'`. */
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
 * The share of a text's tokens that the vocabulary does not have, from 0 to 1; 0 for an empty text.
 *
 * @example
 * const tokenizer = CharTokenizer.train('aab');
 * unknownShare(tokenizer, 'abcd'); // 0.5
 */
export function unknownShare(tokenizer: Tokenizer, text: string): number {
  const ids = tokenizer.encode(text);
  let unknown = 0;
  for (const id of ids) if (id === tokenizer.unkId) unknown++;
  return ids.length === 0 ? 0 : unknown / ids.length;
}
