import type { Memory, Operand } from '../contract/backend.ts';
import { aroundAxis } from '../contract/shape.ts';
import { exp, log } from '../math/index.ts';
import { massOf } from './mass.ts';
import { newMemory, valuesOf } from './memory.ts';

/** exp(x − max) / Σ exp(x − max) along the last axis. */
export function softmax(x: Operand): Memory {
  return byRow(x, (row, peak, sum) => {
    for (let i = 0; i < row.length; i++) row[i] = exp(row[i] - peak) / sum;
  });
}

/** x − max − log Σ exp(x − max) along the last axis. */
export function logSoftmax(x: Operand): Memory {
  return byRow(x, (row, peak, sum) => {
    const shift = peak + log(sum);
    for (let i = 0; i < row.length; i++) row[i] -= shift;
  });
}

/** Rewrites each row, given its greatest value and Σ exp(x − max). */
function byRow(
  x: Operand,
  rewrite: (row: Float64Array, peak: number, sum: number) => void,
): Memory {
  const values = valuesOf(x);
  const { outer, length } = aroundAxis(x.shape, x.shape.length - 1);
  const y = newMemory(x.dtype, values.length);
  const row = new Float64Array(length);
  for (let o = 0; o < outer; o++) {
    row.set(values.subarray(o * length, (o + 1) * length));
    const { peak, sum } = massOf(row, 0, length);
    rewrite(row, peak, sum);
    y.values.set(row, o * length);
  }
  return y;
}
