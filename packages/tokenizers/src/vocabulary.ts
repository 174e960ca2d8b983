import { TokenizerError } from './errors.ts';

/** The token of everything that a vocabulary does not have; always id 0. */
const unknown = '<unk>';

/** Which tokens are worth an id. */
export interface VocabularyOptions {
  /** A token seen fewer times than this is unknown. Default 1: all tokens are kept. */
  minCount?: number;
  /** At most this many ids, `<unk>` included; the most frequent tokens stay. Default: no limit. */
  maxVocab?: number;
}

/** How often each token occurs. */
export function countTokens(tokens: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}

/**
 * The vocabulary of counted tokens: `<unk>`, then the kept tokens by code point. Which tokens are kept decides the ids,
 * not how often each occurs, so that two texts of the same alphabet give the same ids.
 */
export function chooseTokens(
  operation: string,
  counts: ReadonlyMap<string, number>,
  { minCount = 1, maxVocab = Number.POSITIVE_INFINITY }: VocabularyOptions,
): string[] {
  checkOption(operation, 'minCount', minCount, 1);
  if (maxVocab !== Number.POSITIVE_INFINITY) checkOption(operation, 'maxVocab', maxVocab, 2);
  if (counts.size === 0) {
    throw new TokenizerError(operation, 'the text is empty; give it the text to learn from');
  }
  const kept = [...counts]
    .filter(([token, count]) => count >= minCount && token !== unknown)
    .sort(([a, m], [b, n]) => n - m || byCodePoint(a, b))
    .slice(0, maxVocab - 1)
    .map(([token]) => token);
  if (kept.length === 0) {
    let most = 0;
    for (const count of counts.values()) most = Math.max(most, count);
    throw new TokenizerError(
      operation,
      `no token occurs minCount = ${minCount} times; the most frequent one occurs ${most} times`,
      { minCount, most },
    );
  }
  return [unknown, ...kept.sort(byCodePoint)];
}

/** The id of each token; tokens from a file are checked: strings, `<unk>` first, each once. */
export function indexTokens(operation: string, tokens: readonly unknown[]): Map<string, number> {
  const ids = new Map<string, number>();
  for (let id = 0; id < tokens.length; id++) {
    const token = tokens[id];
    if (typeof token !== 'string') {
      throw new TokenizerError(operation, `token ${id} must be a string; got ${describe(token)}`, {
        id,
      });
    }
    const first = ids.get(token);
    if (first !== undefined) {
      throw new TokenizerError(
        operation,
        `each token may occur once; ${describe(token)} is both ${first} and ${id}`,
        { id, first, token },
      );
    }
    ids.set(token, id);
  }
  if (tokens[0] !== unknown) {
    throw new TokenizerError(
      operation,
      `the first token must be '${unknown}'; got ${tokens.length === 0 ? 'no tokens' : describe(tokens[0])}`,
    );
  }
  return ids;
}

/** A value in an error message: short, and never a whole object. */
export function describe(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  }
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}

function checkOption(operation: string, name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new TokenizerError(
    operation,
    `${name} must be a whole number of at least ${least}; got ${describe(value)}`,
    { [name]: value },
  );
}

/** Code point order is that of UTF-8's bytes; the order of JavaScript's `<` differs beyond U+FFFF. */
function byCodePoint(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = a.codePointAt(i)! - b.codePointAt(i)!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
