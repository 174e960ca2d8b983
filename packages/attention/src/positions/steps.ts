import type { Sequence } from '@unroll/tensor';

/** The largest place that rows have, plus 1. */
export function endOf(x: Sequence, from?: readonly number[]): number {
  return Math.max(...x.lengths.map((n, i) => n + (from?.[i] ?? 0)));
}
