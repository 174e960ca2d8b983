import type { RowPlaces } from '../contract/attention.ts';
import { batchSizesOf } from './fill-case.ts';

/** Where the rows of sequences of these lengths lie: step after step, longest sequences first. */
export function placesOf(lengths: readonly number[]): RowPlaces {
  const order = lengths.map((_, i) => i).sort((i, j) => lengths[j] - lengths[i] || i - j);
  const starts = [0];
  for (const living of batchSizesOf(order.map((i) => lengths[i]))) {
    starts.push(starts[starts.length - 1] + living);
  }
  return { lengths, starts, positions: lengths.map((_, i) => order.indexOf(i)) };
}

/** How many rows there are. */
export function rowsOf({ lengths }: RowPlaces): number {
  return lengths.reduce((a, b) => a + b, 0);
}
