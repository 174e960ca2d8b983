import { ShapeError } from '../../contract/errors.ts';
import type { Schedule } from '../../program/scan.ts';

export type Floats = Float32Array | Float64Array;

/** Where a value lies while a program runs: a row for each row of every step, or only for the rows of one step. */
export interface Column {
  readonly values: Floats;
  readonly size: number;
  readonly allRows: boolean;
}

/** The element at which the rows of a step begin, whose first row of all steps is `first`. */
export function startOf({ allRows, size }: Column, first: number): number {
  return allRows ? first * size : 0;
}

/** The rows of a schedule: step t has `batchSizes[t]` from row `firsts[t]` on. */
export interface Rows {
  readonly batch: number;
  readonly total: number;
  readonly batchSizes: readonly number[];
  readonly firsts: readonly number[];
}

export function rowsOf({ batchSizes }: Schedule): Rows {
  const firsts: number[] = [];
  let total = 0;
  batchSizes.forEach((rows, t) => {
    if (rows < 1 || (t > 0 && rows > batchSizes[t - 1])) {
      throw new ShapeError(
        'scan',
        `batch sizes must fall and be 1 at least; got ${batchSizes.join(', ')}`,
      );
    }
    firsts.push(total);
    total += rows;
  });
  return { batch: batchSizes[0] ?? 0, total, batchSizes, firsts };
}

/** A row for every row of every step; a value of one step is repeated. */
export function everyRow(column: Column, rows: Rows): Floats {
  if (column.allRows) return column.values;
  const { values, size } = column;
  const all = values.slice(0, 0).constructor as Float64ArrayConstructor | Float32ArrayConstructor;
  const out = new all(rows.total * size);
  rows.batchSizes.forEach((count, t) => {
    out.set(values.subarray(0, count * size), rows.firsts[t] * size);
  });
  return out;
}
