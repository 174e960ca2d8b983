import type { Tokenizer } from '@unroll/tokenizers';

/**
 * The ids that a text classifier reads of a text: the last `maxLength`; `<unk>` alone of a text without words, which
 * says nothing.
 *
 * @example
 * const tokenizer = WordTokenizer.train('not bad');
 * textIds(tokenizer, 'not so bad', 2); // Int32Array [0, 1]
 */
export function textIds(
  tokenizer: Pick<Tokenizer, 'encode' | 'unkId'>,
  text: string,
  maxLength?: number,
): Int32Array {
  const ids = tokenizer.encode(text);
  if (ids.length === 0) return Int32Array.of(tokenizer.unkId);
  return maxLength !== undefined && ids.length > maxLength ? ids.slice(-maxLength) : ids;
}
