import { TokenizerError } from './errors.ts';
import type { Tokenizer, TokenizerJSON } from './tokenizer.ts';
import type { VocabularyOptions } from './vocabulary.ts';
import { chooseTokens, countTokens, describe, indexTokens } from './vocabulary.ts';

/** What an unknown id reads as: U+FFFD, one character as every other id is. */
const replacement = '\uFFFD';

/**
 * One id for each character (Unicode code point; `'é'` in its decomposed form is two), 0 for a character that the
 * vocabulary does not have.
 *
 * `decode(encode(text))` is the text itself wherever all its characters are known; an unknown one comes back as U+FFFD, so
 * that the number of characters stays. A surrogate without its partner, which no well-formed text holds, is a
 * character of its own and comes back as it was.
 *
 * @example
 * const tokenizer = CharTokenizer.train('hello');
 * tokenizer.encode('hole'); // Int32Array [2, 4, 3, 1]
 * tokenizer.decode([2, 4, 3, 1]); // 'hole'
 */
export class CharTokenizer implements Tokenizer {
  readonly kind = 'char';
  readonly unkId = 0;
  readonly tokens: readonly string[];
  readonly #ids: Map<string, number>;

  /**
   * A tokenizer with these tokens: `'<unk>'`, then single characters.
   *
   * @throws TokenizerError when a token is no character, occurs twice, or `<unk>` is not the first.
   */
  constructor(tokens: readonly string[]) {
    this.#ids = indexTokens('CharTokenizer', tokens);
    for (const token of tokens.slice(1)) {
      if ([...token].length === 1) continue;
      throw new TokenizerError(
        'CharTokenizer',
        `token ${this.#ids.get(token)} must be one character; got ${describe(token)}`,
        { token },
      );
    }
    this.tokens = Object.freeze([...tokens]);
  }

  /**
   * Learns the vocabulary from a text: all its characters by default, by code point.
   *
   * @throws TokenizerError when the text is empty, or an option leaves no character.
   */
  static train(text: string, options: VocabularyOptions = {}): CharTokenizer {
    checkText('CharTokenizer.train', text);
    return new CharTokenizer(chooseTokens('CharTokenizer.train', countTokens(text), options));
  }

  get vocabSize(): number {
    return this.tokens.length;
  }

  /** The id of each character, `[characters]`; an empty text has none. */
  encode(text: string): Int32Array {
    checkText('CharTokenizer.encode', text);
    // The text's length in UTF-16 units bounds its characters.
    const ids = new Int32Array(text.length);
    let length = 0;
    for (const character of text) ids[length++] = this.#ids.get(character) ?? this.unkId;
    return length === ids.length ? ids : ids.slice(0, length);
  }

  /**
   * The text of ids.
   *
   * @throws TokenizerError when an id lies outside `0 … vocabSize − 1`.
   */
  decode(ids: ArrayLike<number>): string {
    const characters = new Array<string>(ids.length);
    for (let i = 0; i < ids.length; i++) {
      const character = this.tokens[ids[i]];
      if (character === undefined) {
        throw new TokenizerError(
          'CharTokenizer.decode',
          `id ${ids[i]} at position ${i} is outside 0 … ${this.vocabSize - 1}; was it made by another tokenizer?`,
          { id: ids[i], position: i, vocabSize: this.vocabSize },
        );
      }
      characters[i] = ids[i] === this.unkId ? replacement : character;
    }
    return characters.join('');
  }

  /** Plain data for a file; {@link tokenizerFromJSON} reads it back. */
  toJSON(): TokenizerJSON {
    return { kind: this.kind, tokens: this.tokens };
  }
}

function checkText(operation: string, text: unknown): void {
  if (typeof text === 'string') return;
  throw new TokenizerError(operation, `the text must be a string; got ${describe(text)}`);
}
