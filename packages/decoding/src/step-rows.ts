import { ShapeError, sameShape } from '@unroll/backend';
import type { Sequence } from '@unroll/tensor';

/**
 * What a sequence of rows `[n]` holds, read out: for each sequence of the batch its rows, step after step.
 *
 * @throws ShapeError for other rows
 */
export async function stepRows(operation: string, x: Sequence): Promise<Float64Array[][]> {
  const { features } = x;
  if (!sameShape(features, [features[0]])) {
    throw new ShapeError(
      operation,
      `needs a sequence of scores [length, classes]; its rows are [${features.join(', ')}]`,
      { features },
    );
  }
  const values = await x.rows.data();
  const [n] = features;
  return x.lengths.map((length, i) =>
    Array.from({ length }, (_, t) => {
      const at = x.rowOf(i, t) * n;
      return Float64Array.from(values.subarray(at, at + n));
    }),
  );
}
