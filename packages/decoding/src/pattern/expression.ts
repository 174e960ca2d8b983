/** A set of characters: `[first, last]` code points, or all others. */
export interface CharacterSet {
  readonly ranges: readonly (readonly [first: number, last: number])[];
  readonly negated: boolean;
}

/** A regular expression; `key` is the same for the same one. */
export type Expression =
  | { readonly kind: 'nothing'; readonly key: string }
  | { readonly kind: 'empty'; readonly key: string }
  | { readonly kind: 'set'; readonly set: CharacterSet; readonly key: string }
  | { readonly kind: 'then'; readonly a: Expression; readonly b: Expression; readonly key: string }
  | { readonly kind: 'or'; readonly parts: readonly Expression[]; readonly key: string }
  | { readonly kind: 'star'; readonly a: Expression; readonly key: string };

/** Matches nothing, not even the empty text. */
export const nothing: Expression = { kind: 'nothing', key: '∅' };
/** Matches the empty text. */
export const empty: Expression = { kind: 'empty', key: 'ε' };

export function characters(set: CharacterSet): Expression {
  return { kind: 'set', set, key: `[${set.negated ? '^' : ''}${set.ranges.join(';')}]` };
}

export function inTurn(a: Expression, b: Expression): Expression {
  if (a === nothing || b === nothing) return nothing;
  if (a === empty) return b;
  if (b === empty) return a;
  // Nested to the right, so that the same sequence has one form.
  if (a.kind === 'then') return inTurn(a.a, inTurn(a.b, b));
  return { kind: 'then', a, b, key: `(${a.key}${b.key})` };
}

export function or(...given: readonly Expression[]): Expression {
  const parts = new Map<string, Expression>();
  for (const x of given.flatMap((part) => (part.kind === 'or' ? part.parts : [part]))) {
    if (x !== nothing) parts.set(x.key, x);
  }
  const sorted = [...parts.values()].sort((x, y) => (x.key < y.key ? -1 : 1));
  if (sorted.length === 0) return nothing;
  if (sorted.length === 1) return sorted[0];
  return { kind: 'or', parts: sorted, key: `(${sorted.map(({ key }) => key).join('|')})` };
}

export function star(a: Expression): Expression {
  if (a === nothing || a === empty) return empty;
  return a.kind === 'star' ? a : { kind: 'star', a, key: `${a.key}*` };
}

/** ν: whether it matches the empty text. */
export function matchesEmpty(x: Expression): boolean {
  if (x.kind === 'then') return matchesEmpty(x.a) && matchesEmpty(x.b);
  if (x.kind === 'or') return x.parts.some(matchesEmpty);
  return x.kind === 'empty' || x.kind === 'star';
}

/** ∂: what must follow a character for the whole to match (Brzozowski 1964). */
export function derivative(x: Expression, character: number): Expression {
  switch (x.kind) {
    case 'set':
      return has(x.set, character) ? empty : nothing;
    case 'then': {
      const first = inTurn(derivative(x.a, character), x.b);
      return matchesEmpty(x.a) ? or(first, derivative(x.b, character)) : first;
    }
    case 'or':
      return or(...x.parts.map((part) => derivative(part, character)));
    case 'star':
      return inTurn(derivative(x.a, character), x);
    default:
      return nothing;
  }
}

function has({ ranges, negated }: CharacterSet, character: number): boolean {
  return ranges.some(([first, last]) => character >= first && character <= last) !== negated;
}
