import { DataError, OptionError } from '@unroll/backend';
import type { Constraint } from '../constraint.ts';
import { derivative, type Expression, matchesEmpty, nothing } from './expression.ts';
import { parse } from './parse.ts';

/** A place in a pattern, with the ids that lead on to where the pattern can still be finished. */
interface Place {
  readonly next: ReadonlyMap<number, Place>;
  readonly canEnd: boolean;
}

/** A place that is being found out about. */
interface Draft {
  readonly next: Map<number, Draft>;
  readonly canEnd: boolean;
}

/** More places than a pattern for an answer has: one for each text of ten digits would be far below. */
const MOST_PLACES = 20_000;

/**
 * Only text that a regular expression matches, from its first character to its last. It is followed by derivatives
 * (Brzozowski 1964) over the characters of the tokens, before anything is generated: an id leads nowhere from where no
 * tokens could finish the text.
 *
 * The subset: characters, `.`, `[…]` with ranges and `^`, `\d \w \s` and `\D \W \S`, escapes, groups, `|`, `* + ? {n} {n,}
 * {n,m}`. There are no anchors, since the pattern is of the whole text, and no look-around, back references, lazy
 * repetition or flags but `u`.
 *
 * @param pattern a RegExp without flags or with `u`, or its source
 * @param tokens the text of each id; '' for ids that say nothing, which never come
 * @throws OptionError for patterns outside the subset; DataError when the tokens can make no text that matches
 * @example
 * const tokens = Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.decode([id]));
 * const isoDate = matching(/\d{4}-(0[1-9]|1[0-2])-\d\d/, tokens);
 */
export function matching(pattern: RegExp | string, tokens: readonly string[]): Constraint<Place> {
  const source = typeof pattern === 'string' ? pattern : pattern.source;
  if (pattern instanceof RegExp && !['', 'u'].includes(pattern.flags)) {
    throw new OptionError('matching', `a pattern has no flags but u; got '${pattern.flags}'`, {
      flags: pattern.flags,
    });
  }
  const start = placesFrom(parse(source), tokens, source);
  return {
    start,
    allowed: ({ next }) => new Set(next.keys()),
    next: ({ next }, id) => next.get(id) as Place,
    canEnd: ({ canEnd }) => canEnd,
  };
}

/** All places that tokens lead to, without those from which no end can be reached. */
function placesFrom(whole: Expression, tokens: readonly string[], source: string): Place {
  const texts = tokens.map((token) =>
    Array.from(token, (character) => character.codePointAt(0) as number),
  );
  const drafts = new Map<string, Draft>();
  const waiting: [Expression, Draft][] = [];
  const draftOf = (x: Expression): Draft => {
    const found = drafts.get(x.key) ?? { next: new Map(), canEnd: matchesEmpty(x) };
    if (!drafts.has(x.key)) waiting.push([x, found]);
    drafts.set(x.key, found);
    return found;
  };
  const start = draftOf(whole);
  // A list that grows while it is walked through is walked to its end.
  for (const [x, draft] of waiting) {
    if (drafts.size > MOST_PLACES) {
      throw new OptionError(
        'matching',
        `the pattern /${source}/ has more than ${MOST_PLACES} states; count less far`,
      );
    }
    const after = memoized((prefix: Expression, character: number) =>
      derivative(prefix, character),
    );
    for (const [id, text] of texts.entries()) {
      if (text.length === 0) continue;
      const rest = text.reduce(after, x);
      if (rest !== nothing) draft.next.set(id, draftOf(rest));
    }
  }
  const living = withEnd([...drafts.values()]);
  if (!living.has(start)) {
    throw new DataError('matching', `the tokens can make no text that /${source}/ matches`, {
      pattern: source,
    });
  }
  for (const { next } of living) for (const [id, to] of next) if (!living.has(to)) next.delete(id);
  return start;
}

/** The same derivative is asked for by every token that begins alike. */
function memoized(
  of: (x: Expression, character: number) => Expression,
): (x: Expression, character: number) => Expression {
  const known = new Map<Expression, Map<number, Expression>>();
  return (x, character) => {
    const here = known.get(x) ?? new Map<number, Expression>();
    known.set(x, here);
    const found = here.get(character) ?? of(x, character);
    here.set(character, found);
    return found;
  };
}

/** Those from which one that may end can be reached. */
function withEnd(drafts: readonly Draft[]): Set<Draft> {
  const before = new Map<Draft, Draft[]>(drafts.map((draft) => [draft, []]));
  for (const draft of drafts) for (const to of draft.next.values()) before.get(to)?.push(draft);
  const found = new Set(drafts.filter(({ canEnd }) => canEnd));
  for (const draft of found) for (const from of before.get(draft) ?? []) found.add(from);
  return found;
}
