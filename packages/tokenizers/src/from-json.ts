import { CharTokenizer } from './char-tokenizer.ts';
import { TokenizerError } from './errors.ts';
import type { Tokenizer } from './tokenizer.ts';
import { describe } from './vocabulary.ts';
import { WordTokenizer } from './word-tokenizer.ts';

const operation = 'tokenizerFromJSON';

/** Who reads which kind back. A Map, so that a kind called `constructor` is as unknown as any other. */
const readers = new Map<unknown, (tokens: string[], options: object) => Tokenizer>([
  ['char', (tokens) => new CharTokenizer(tokens)],
  ['word', (tokens, options) => new WordTokenizer(tokens, options)],
]);

/**
 * The tokenizer that {@link Tokenizer.toJSON} wrote, whatever its kind. Nothing in the data is trusted.
 *
 * @throws TokenizerError when the data is not a tokenizer's, or its tokens do not make a vocabulary.
 *
 * @example
 * const tokenizer = tokenizerFromJSON({ kind: 'char', tokens: ['<unk>', 'a', 'b'] });
 * tokenizer.encode('ba'); // Int32Array [2, 1]
 */
export function tokenizerFromJSON(json: unknown): Tokenizer {
  if (typeof json === 'string') {
    throw new TokenizerError(operation, 'got a string; call JSON.parse on it first');
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new TokenizerError(operation, `a tokenizer must be an object; got ${describe(json)}`);
  }
  const { kind, tokens, options = {} } = json as Record<string, unknown>;
  const read = readers.get(kind);
  if (read === undefined) {
    const known = [...readers.keys()].map(describe).join(', ');
    throw new TokenizerError(
      operation,
      `kind ${describe(kind)} is not one that this version reads (${known})`,
      { kind },
    );
  }
  if (!Array.isArray(tokens)) {
    throw new TokenizerError(operation, `tokens must be an array; got ${describe(tokens)}`);
  }
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TokenizerError(operation, `options must be an object; got ${describe(options)}`);
  }
  return read(tokens as string[], options);
}
