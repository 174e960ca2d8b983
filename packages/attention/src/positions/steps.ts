import type { Sequence } from '@unroll/tensor';

/**
 * The place in time of every row.
 *
 * @param from where each sequence begins, in the user's order; default 0 for all
 */
export function placesOf(x: Sequence, from?: readonly number[]): Int32Array {
  const places = new Int32Array(x.rows.shape[0]);
  let row = 0;
  for (const [step, living] of x.batchSizes.entries()) {
    for (let i = 0; i < living; i++) places[row++] = step + (from?.[x.batchOrder[i]] ?? 0);
  }
  return places;
}

/** The largest place that rows have, plus 1. */
export function endOf(x: Sequence, from?: readonly number[]): number {
  return Math.max(...x.lengths.map((n, i) => n + (from?.[i] ?? 0)));
}
