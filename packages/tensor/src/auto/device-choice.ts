/** Which backend a run computes on, and what is known about that. */
export interface DeviceChoice {
  /** The kind of run: `fit`, `evaluate` or `generate`. */
  readonly run: string;
  /** Whether the CPU was taken, or the other backend. */
  readonly chosen: 'cpu' | 'other';
  /** The name of the backend that was taken. */
  readonly backend: string;
  /** Median milliseconds of a step; undefined where none was measured to its end. */
  readonly cpu: number | undefined;
  readonly other: number | undefined;
  /** Why, in a clause that names both medians where there are any. */
  readonly why: string;
  /** Whether it was found by an earlier run. */
  readonly cached: boolean;
}

/**
 * A choice as a sentence.
 *
 * @example
 * console.log(
 *   describeChoice({
 *     ...{ run: 'fit', chosen: 'other', backend: 'gpu', cpu: 9, other: 2, cached: false },
 *     why: 'a step takes 2.0 ms on gpu and 9.0 ms on wasm',
 *   }),
 * ); // fit computes on gpu: a step takes 2.0 ms on gpu and 9.0 ms on wasm
 */
export function describeChoice(choice: DeviceChoice): string {
  return `${choice.run} computes on ${choice.backend}: ${reasonFor(choice)}`;
}

/** Why, and whether that was measured by this run. */
export function reasonFor({ why, cached }: DeviceChoice): string {
  return cached ? `${why}, found before` : why;
}
