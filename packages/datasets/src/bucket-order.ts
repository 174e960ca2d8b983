import type { PermutationStream } from './permutation-stream.ts';

/** Batches of examples of about the same length. */
export interface BucketOptions<T> {
  /** How long an example is: its steps. */
  by(example: T): number;
  /**
   * Batches that are sorted together, and so made of examples of like length. 1 does nothing; more saves more steps and
   * mixes less. Default 50.
   */
  batches?: number;
}

/**
 * An order in which neighbours are of like length, and yet by chance: pieces of a shuffled order, so many batches long, are
 * sorted by length, and the batches are shuffled. Each example is there once, in a batch that any other could have been
 * in; those that fill no batch stay at the end as they were drawn, not the longest ones.
 *
 * @param order of the examples, shuffled where they shall be
 * @param stream draws the order of the batches; without, it is the one they have
 */
export function bucketOrder(
  order: Int32Array,
  options: {
    readonly lengthOf: (index: number) => number;
    readonly batchSize: number;
    readonly batches: number;
    readonly stream: PermutationStream | undefined;
  },
): Int32Array {
  const { lengthOf, batchSize, batches, stream } = options;
  const whole = Math.floor(order.length / batchSize);
  const sorted = order.slice();
  for (let from = 0; from < whole; from += batches) {
    const to = Math.min(from + batches, whole);
    sorted
      .subarray(from * batchSize, to * batchSize)
      .sort((a, b) => lengthOf(a) - lengthOf(b) || a - b);
  }
  if (!stream) return sorted;
  const mixed = sorted.slice();
  stream.permutation(whole).forEach((batch, i) => {
    mixed.set(sorted.subarray(batch * batchSize, (batch + 1) * batchSize), i * batchSize);
  });
  return mixed;
}
