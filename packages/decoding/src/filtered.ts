import { fromValues, type Tensor } from '@unroll/tensor';

/** Of scores `[rows, classes]` some rows, in which what is not allowed cannot come. */
export function filtered(
  scores: ArrayLike<number>,
  classes: number,
  rows: readonly { readonly row: number; readonly allowed: ReadonlySet<number> | undefined }[],
): Tensor {
  const values = new Float32Array(rows.length * classes).fill(Number.NEGATIVE_INFINITY);
  for (const [i, { row, allowed }] of rows.entries()) {
    for (let id = 0; id < classes; id++) {
      if (!allowed || allowed.has(id)) values[i * classes + id] = scores[row * classes + id];
    }
  }
  return fromValues(values, [rows.length, classes], 'float32');
}
