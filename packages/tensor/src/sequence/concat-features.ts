import { ShapeError } from '@unroll/backend';
import { concat } from '../operations/join.ts';
import type { Sequence } from './sequence.ts';

/**
 * Sequences of the same lengths side by side: their last axes one after the other.
 *
 * @throws ShapeError when their lengths differ
 * @example
 * const both = concatFeatures([forward, backward]); // [length, 2 · hiddenSize] each
 */
export function concatFeatures(sequences: readonly Sequence[]): Sequence {
  const [first] = sequences;
  if (first === undefined) throw new ShapeError('concatFeatures', 'needs at least one sequence');
  for (const [i, other] of sequences.entries()) {
    if (first.hasLengthsOf(other)) continue;
    throw new ShapeError(
      'concatFeatures',
      `sequences must have the same lengths; got [${first.lengths.join(', ')}] in the first and [${other.lengths.join(', ')}] in number ${i + 1}`,
      { left: first.lengths, right: other.lengths },
    );
  }
  return first.withRows(
    concat(
      sequences.map((x) => x.rows),
      { axis: -1 },
    ),
  );
}
