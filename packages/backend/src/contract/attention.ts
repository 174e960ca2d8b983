import type { Operand } from './memory.ts';

/** Where the rows of a batch of sequences lie: step t of sequence i in row `starts[t] + positions[i]`. */
export interface RowPlaces {
  /** Steps of each sequence, at least one. */
  readonly lengths: readonly number[];
  readonly starts: readonly number[];
  readonly positions: readonly number[];
}

/** Which keys a query may look at. */
export interface Sight {
  /** None that comes after it; the last query stands at the last key. */
  readonly causal: boolean;
  /** Fewer than so many steps away; Infinity where there is no limit. */
  readonly window: number;
}

/**
 * softmax(scale·q·kᵀ)·v for each sequence and head. A row of q is `heads` queries side by side, a row of k or v
 * `kvHeads` keys or values; head h reads those of number ⌊h·kvHeads/heads⌋. Sequence i of the queries looks at sequence i
 * of the keys, and each query sees one key at least.
 */
export interface Attention extends Sight {
  /** `[queries, heads·size]` */
  readonly q: Operand;
  /** `[keys, kvHeads·size]` */
  readonly k: Operand;
  /** `[keys, kvHeads·valueSize]` */
  readonly v: Operand;
  readonly queries: RowPlaces;
  readonly keys: RowPlaces;
  readonly heads: number;
  readonly kvHeads: number;
  readonly scale: number;
  /**
   * Where it is given, queries and keys are turned by their places first (Su et al. 2021): `[places, size]`, cosine and
   * sine of each pair of features side by side. Key j has place j, and a query that of the key beside it, the last beside
   * the last.
   */
  readonly turns?: Operand | undefined;
}

/** The keys that the query of step `step` sees, of a sequence of so many queries and keys: from the first up to the end. */
export function keysInSight(
  { causal, window }: Sight,
  step: number,
  queries: number,
  keys: number,
): [first: number, end: number] {
  const place = step + keys - queries;
  const first = Math.max(0, place - window + 1);
  return [first, causal ? place + 1 : Math.min(keys, place + window)];
}
