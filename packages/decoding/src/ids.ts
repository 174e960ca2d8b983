import { type Tensor, tensor } from '@unroll/tensor';

/** Ids of equally many steps as a model reads them, `[rows, time]`. */
export function idsOf(rows: readonly ArrayLike<number>[]): Tensor {
  const values = Int32Array.from(rows.flatMap((row) => Array.from(row)));
  return tensor(values, { shape: [rows.length, rows[0].length] });
}
