import { TokenizerError } from './errors.ts';
import { describe } from './vocabulary.ts';

/** How a text is cut into words. */
export interface WordOptions {
  /** Whether capital letters become small ones, so that a word has one id wherever it stands. Default true. */
  readonly lowercase: boolean;
  /**
   * Whether marks between the words (`!`, `,`, `😀`) are tokens of their own; without, they are left out. Default false.
   */
  readonly punctuation: boolean;
}

const defaults: WordOptions = { lowercase: true, punctuation: false };

/**
 * Letters of scripts that put no space between words: each is a token with the marks on it, as BERT does with Chinese
 * (Devlin et al. 2019).
 */
const unspaced = ['Han', 'Hiragana', 'Katakana', 'Thai', 'Lao', 'Khmer', 'Myanmar', 'Tibetan'];
const alone = `[${unspaced.map((script) => `\\p{Script=${script}}`).join('')}]`;
/** A letter or digit with the marks on it: accents, vowel signs, variation selectors. */
const letter = '[\\p{L}\\p{N}](?:\\p{M}|\\u200d(?=\\p{L}))*';
const spaced = `(?:(?!${alone})${letter})+`;
/** Apostrophes hold a word together: don't, l'été, o'clock. */
const word = `${alone}\\p{M}*|${spaced}(?:'${spaced})*`;
/** A mark with what belongs to it: an emoji of several code points is one. */
const mark = '\\p{RGI_Emoji}|[^\\s\\p{L}\\p{N}\\p{M}\\p{C}]\\p{M}*';

const wordsAlone = new RegExp(word, 'gv');
const wordsAndMarks = new RegExp(`${word}|${mark}`, 'gv');

/**
 * The words of a text, as Unicode knows letters, digits and marks: `été`, `дом`, `don't`, `2nd`. Letters of scripts without
 * spaces between words are tokens each. A composed and a decomposed `é`, and `’` and `'`, are the same.
 *
 * @example
 * words("It’s L'Été — 2 p.m.!", { lowercase: true, punctuation: false }); // ["it's", "l'été", '2', 'p', 'm']
 */
export function words(text: string, { lowercase, punctuation }: WordOptions): string[] {
  const plain = (lowercase ? text.toLowerCase() : text).normalize('NFC').replaceAll('’', "'");
  return plain.match(punctuation ? wordsAndMarks : wordsAlone) ?? [];
}

/** The options with their defaults. @throws TokenizerError listing what is no option, or neither true nor false */
export function wordOptions(operation: string, given: object): WordOptions {
  const wrong = Object.entries(given)
    .filter(([name, value]) => !(name in defaults) || typeof value !== 'boolean')
    .map(([name, value]) => `${name}: ${describe(value)}`);
  if (wrong.length === 0) return { ...defaults, ...given };
  throw new TokenizerError(
    operation,
    `got ${wrong.join(', ')}; there are ${Object.keys(defaults).join(' and ')}, true or false`,
    { wrong },
  );
}
