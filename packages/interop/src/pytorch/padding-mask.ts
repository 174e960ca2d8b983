import { DataError, DTypeError, ShapeError } from '@unroll/backend';
import { asTensor, type Tensor } from '@unroll/tensor';

/**
 * Lengths from a `key_padding_mask` as PyTorch's attention and Transformer layers take one. Beyond a sequence's length
 * nothing exists here, so the mask ends at the border.
 *
 * @param mask bool `[batch, time]`, true where there is padding
 * @returns steps of each sequence, for `Sequence.fromBatch`
 * @throws DataError that lists every row with a hole, with padding at its beginning or with nothing but padding;
 *   DTypeError for a mask of numbers; ShapeError for other shapes
 * @example
 * const mask = tensor([[0, 0, 1], [0, 0, 0]], { dtype: 'bool' });
 * const x = Sequence.fromBatch(zeros([2, 3, 8]), await lengthsOfPaddingMask(mask)); // lengths [2, 3]
 */
export async function lengthsOfPaddingMask(mask: Tensor): Promise<number[]> {
  const { shape, dtype } = asTensor('lengthsOfPaddingMask', mask);
  if (shape.length !== 2) {
    throw new ShapeError('lengthsOfPaddingMask', `needs [batch, time]; got [${shape.join(', ')}]`, {
      shape,
    });
  }
  if (dtype !== 'bool') {
    throw new DTypeError(
      'lengthsOfPaddingMask',
      `needs bool, true where there is padding; got ${dtype}. A mask of −∞ and 0 becomes one by mask < 0 in Python.`,
      { dtype },
    );
  }
  const [batch, time] = shape;
  const values = await mask.data();
  const rows = Array.from({ length: batch }, (_, i) => values.subarray(i * time, (i + 1) * time));
  const problems = rows.flatMap((row, i) => problemOf(row, i));
  if (problems.length > 0) {
    throw new DataError(
      'lengthsOfPaddingMask',
      `${problems.join('; ')}. A sequence begins at step 0 and goes on to its end: move its steps to the front, and leave out rows that have none.`,
      { problems },
    );
  }
  return rows.map(lengthOf);
}

/** Up to the first padding. */
function lengthOf(row: ArrayLike<number>): number {
  const end = Array.prototype.findIndex.call(row, (padded) => padded !== 0);
  return end === -1 ? row.length : end;
}

function problemOf(row: ArrayLike<number>, i: number): string[] {
  const length = lengthOf(row);
  const next = Array.prototype.findIndex.call(row, (padded, t) => t > length && padded === 0);
  if (next !== -1) return [`row ${i} has padding at step ${length} and goes on at step ${next}`];
  return length === 0 ? [`row ${i} is nothing but padding`] : [];
}
