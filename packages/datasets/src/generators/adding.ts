import { below, needWhole, type UniformStream } from './draw.ts';

/** One sequence of the adding problem. */
export interface AddingExample {
  /** `[length][2]`: at each step a value in [0, 1) and a marker, 1 at two steps and 0 elsewhere. */
  readonly input: number[][];
  /** The sum of the two marked values, in [0, 2). */
  readonly target: number;
}

/**
 * The mean squared error of answering 1, the mean of all targets, whatever was read: the variance of a sum of two values
 * that are uniform in [0, 1), 2 · 1/12.
 */
export const addingMeanMse = 1 / 6;

/**
 * One sequence of the adding problem (Hochreiter & Schmidhuber 1997), as Le, Jaitly & Hinton (2015) have it: two values are
 * marked, the first in the first half of the sequence, the second in the second half, and their sum is asked for at
 * the end. What is marked early must be kept past everything that comes between.
 *
 * @param options `length`: steps, at least 2
 * @param stream where it is drawn from
 * @throws OptionError for a length that is no whole number of at least 2
 * @example
 * const { input, target } = addingProblem({ length: 50 }, randomStream('adding'));
 * const marked = input.filter(([, marker]) => marker === 1); // two rows, their values add up to target
 */
export function addingProblem(
  { length }: { readonly length: number },
  stream: UniformStream,
): AddingExample {
  needWhole('addingProblem', 'length', length, 2);
  const input = Array.from({ length }, () => [stream.next(), 0]);
  const half = Math.floor(length / 2);
  const marked = [input[below(half, stream)], input[half + below(length - half, stream)]];
  for (const row of marked) row[1] = 1;
  return { input, target: marked[0][0] + marked[1][0] };
}
