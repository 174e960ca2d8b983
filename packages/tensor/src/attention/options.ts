import { OptionError, refuseUnknownOptions, ShapeError, type Sight } from '@unroll/backend';
import { asTensor, needFloating } from '../core/accept.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Sequence } from '../sequence/sequence.ts';

/** How queries look at keys. */
export interface AttentionOptions {
  /** How many heads lie side by side in each row of the queries; default 1. */
  heads?: number;
  /** How many there are of keys and values, each shared by `heads / kvHeads` heads (Ainslie et al. 2023); default `heads`. */
  kvHeads?: number;
  /** No key that comes after the query; the last query stands at the last key. Default false. */
  causal?: boolean;
  /** Only keys that are fewer than so many steps away (Beltagy et al. 2020); default Infinity. */
  window?: number;
  /** What scores are multiplied with; default 1/√size, size the width of one head's query. */
  scale?: number;
  /**
   * Turns queries and keys by their places first (rotary positions, Su et al. 2021): `[places, size]`, cosine and sine of
   * each pair of features side by side. Key j has place j, the last query that of the last key. No gradient flows to it.
   * Default: nothing is turned.
   */
  turns?: Tensor;
}

/** Options that were checked, nothing left out. */
export interface Settled extends Sight {
  readonly heads: number;
  readonly kvHeads: number;
  readonly scale: number;
  readonly turns: Tensor | undefined;
}

const known: Record<keyof AttentionOptions, true> = {
  heads: true,
  kvHeads: true,
  causal: true,
  window: true,
  scale: true,
  turns: true,
};

/** Checks what does not fit together and lists all of it. */
export function settle(
  operation: string,
  options: AttentionOptions,
  q: Sequence,
  k: Sequence,
  v?: Sequence,
): Settled {
  refuseUnknownOptions(operation, options, known);
  const { heads = 1, kvHeads = heads, causal = false, window = Infinity, turns } = options;
  checkHeads(operation, heads, kvHeads);
  if (!(window === Infinity || (Number.isInteger(window) && window > 0))) {
    throw new OptionError(operation, `window must be a whole number from 1 on; got ${window}`, {
      window,
    });
  }
  const together = v ? [q, k, v] : [q, k];
  needFloating(
    operation,
    together.map(({ rows }) => asTensor(operation, rows)),
  );
  const problems = [
    ...widthProblems(q, k, v, heads, kvHeads),
    ...lengthProblems(q, k, v, causal || window < Infinity || turns !== undefined),
    ...turnProblems(turns, q.features[0] / heads, k.time),
  ];
  if (problems.length > 0) {
    throw new ShapeError(operation, problems.join('; '), {
      q: q.rows.shape,
      k: k.rows.shape,
      v: v?.rows.shape,
    });
  }
  const scale = options.scale ?? 1 / Math.sqrt(q.features[0] / heads);
  if (!Number.isFinite(scale)) {
    throw new OptionError(operation, `scale must be a number; got ${scale}`, { scale });
  }
  return { heads, kvHeads, causal, window, scale, turns };
}

function turnProblems(turns: Tensor | undefined, size: number, places: number): string[] {
  if (turns === undefined) return [];
  const { shape } = asTensor('turns', turns);
  const fits = shape.length === 2 && shape[0] >= places && shape[1] === size && size % 2 === 0;
  if (fits) return [];
  return [
    `turns must be [places, size] for ${places} places and heads of ${size}, an even size; got [${shape.join(', ')}]`,
  ];
}

function checkHeads(operation: string, heads: number, kvHeads: number): void {
  const whole = (n: number) => Number.isInteger(n) && n > 0;
  if (whole(heads) && whole(kvHeads) && heads % kvHeads === 0) return;
  throw new OptionError(
    operation,
    `heads must be a whole number that kvHeads divides; got heads ${heads} and kvHeads ${kvHeads}`,
    { heads, kvHeads },
  );
}

function widthProblems(
  q: Sequence,
  k: Sequence,
  v: Sequence | undefined,
  heads: number,
  kvHeads: number,
): string[] {
  const problems: string[] = [];
  for (const [name, x, count] of [
    ['queries', q, heads],
    ['keys', k, kvHeads],
    ['values', v, kvHeads],
  ] as const) {
    if (x === undefined) continue;
    if (x.features.length !== 1 || x.features[0] === 0 || x.features[0] % count > 0) {
      problems.push(
        `${name} must be rows of ${count} heads side by side; got [${x.features.join(', ')}]`,
      );
    }
  }
  if (problems.length > 0) return problems;
  const [queries, keys] = [q.features[0] / heads, k.features[0] / kvHeads];
  if (queries !== keys) {
    problems.push(`a head's queries and keys must have one size; got ${queries} and ${keys}`);
  }
  return problems;
}

function lengthProblems(
  q: Sequence,
  k: Sequence,
  v: Sequence | undefined,
  looksBack: boolean,
): string[] {
  const problems: string[] = [];
  if (q.batch !== k.batch) {
    problems.push(`queries and keys must have one batch; got ${q.batch} and ${k.batch}`);
  } else if (looksBack) {
    const short = k.lengths.findIndex((n, i) => n < q.lengths[i]);
    if (short >= 0) {
      problems.push(
        `a causal, windowed or turned query needs a key beside it; sequence ${short} has ${q.lengths[short]} queries and ${k.lengths[short]} keys`,
      );
    }
  }
  if (v && !k.hasLengthsOf(v)) {
    problems.push(
      `keys and values must have the same lengths; got [${k.lengths.join(', ')}] and [${v.lengths.join(', ')}]`,
    );
  }
  return problems;
}
