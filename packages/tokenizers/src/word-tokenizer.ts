import { TokenizerError } from './errors.ts';
import type { Tokenizer, TokenizerJSON } from './tokenizer.ts';
import type { VocabularyOptions } from './vocabulary.ts';
import { chooseTokens, countTokens, describe, indexTokens } from './vocabulary.ts';
import { type WordOptions, wordOptions, words } from './words.ts';

/** A vocabulary with at most so many words, and how texts are cut into them. */
export interface WordTokenizerOptions extends VocabularyOptions, Partial<WordOptions> {}

/**
 * One id for each word, 0 for a word that the vocabulary does not have; texts are cut by {@link words}.
 *
 * `decode(encode(text))` is the known words with a space between them and `<unk>` for the others: what stood between the
 * words is gone. How many are unknown says `unknownShare`.
 *
 * @example
 * const tokenizer = WordTokenizer.train(['Good fun.', 'Not good.'], { maxVocab: 3 });
 * tokenizer.tokens; // ['<unk>', 'fun', 'good']
 * tokenizer.decode(tokenizer.encode('GOOD, not bad')); // 'good <unk> <unk>'
 */
export class WordTokenizer implements Tokenizer {
  readonly kind = 'word';
  readonly unkId = 0;
  readonly tokens: readonly string[];
  /** How texts are cut. */
  readonly options: WordOptions;
  readonly #ids: Map<string, number>;

  /**
   * A tokenizer with these tokens: `'<unk>'`, then words as {@link words} gives them.
   *
   * @throws TokenizerError when a token is no word, occurs twice, or `<unk>` is not the first.
   */
  constructor(tokens: readonly string[], options: Partial<WordOptions> = {}) {
    this.options = Object.freeze(wordOptions('WordTokenizer', options));
    this.#ids = indexTokens('WordTokenizer', tokens);
    const wrong = tokens.slice(1).find((token) => words(token, this.options)[0] !== token);
    if (wrong !== undefined) {
      throw new TokenizerError(
        'WordTokenizer',
        `token ${this.#ids.get(wrong)} must be one word as these options cut it; got ${describe(wrong)}`,
        { token: wrong },
      );
    }
    this.tokens = Object.freeze([...tokens]);
  }

  /**
   * Learns the vocabulary from a text, or from many: all their words by default, by code point.
   *
   * @throws TokenizerError when there is no word, or an option leaves none.
   */
  static train(
    texts: string | Iterable<string>,
    { minCount, maxVocab, ...cut }: WordTokenizerOptions = {},
  ): WordTokenizer {
    const operation = 'WordTokenizer.train';
    const options = wordOptions(operation, cut);
    const counts = countTokens(wordsOfAll(operation, texts, options));
    const tokens = chooseTokens(operation, counts, {
      ...(minCount === undefined ? {} : { minCount }),
      ...(maxVocab === undefined ? {} : { maxVocab }),
    });
    return new WordTokenizer(tokens, options);
  }

  get vocabSize(): number {
    return this.tokens.length;
  }

  /** The id of each word, `[words]`; a text without words has none. */
  encode(text: string): Int32Array {
    needText('WordTokenizer.encode', text);
    return Int32Array.from(words(text, this.options), (word) => this.#ids.get(word) ?? this.unkId);
  }

  /**
   * The words of ids with a space between them.
   *
   * @throws TokenizerError when an id lies outside `0 … vocabSize − 1`.
   */
  decode(ids: ArrayLike<number>): string {
    return Array.from(ids, (id, position) => {
      const word = this.tokens[id];
      if (word !== undefined) return word;
      throw new TokenizerError(
        'WordTokenizer.decode',
        `id ${id} at position ${position} is outside 0 … ${this.vocabSize - 1}; was it made by another tokenizer?`,
        { id, position, vocabSize: this.vocabSize },
      );
    }).join(' ');
  }

  /** Plain data for a file; `tokenizerFromJSON` reads it back. */
  toJSON(): TokenizerJSON {
    return { kind: this.kind, tokens: this.tokens, options: { ...this.options } };
  }
}

function* wordsOfAll(
  operation: string,
  texts: string | Iterable<string>,
  options: WordOptions,
): Generator<string> {
  if (typeof texts !== 'string' && typeof texts?.[Symbol.iterator] !== 'function') {
    throw new TokenizerError(operation, `needs a text or texts; got ${describe(texts)}`);
  }
  for (const text of typeof texts === 'string' ? [texts] : texts) {
    needText(operation, text);
    yield* words(text, options);
  }
}

function needText(operation: string, text: unknown): void {
  if (typeof text === 'string') return;
  throw new TokenizerError(operation, `the text must be a string; got ${describe(text)}`);
}
