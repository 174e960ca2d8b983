import type { Memory, Operand } from '../contract/backend.ts';
import { exp, log } from '../math/index.ts';
import { checkedIds } from './indexed.ts';
import { massOf } from './mass.ts';
import { newMemory, valuesOf } from './memory.ts';

/** L = log Σ exp(x − max) − (x_id − max) for each row; 0 where it is ignored. */
export function crossEntropy(x: Operand, ids: Operand, ignoreIndex: number): Memory {
  const [rows, classes] = x.shape;
  const chosen = checkedIds('crossEntropy', ids, classes, ignoreIndex);
  const values = valuesOf(x);
  const losses = newMemory(x.dtype, rows);
  for (let row = 0; row < rows; row++) {
    if (chosen[row] === ignoreIndex) continue;
    const { peak, sum } = massOf(values, row * classes, classes);
    losses.values[row] = log(sum) - (values[row * classes + chosen[row]] - peak);
  }
  return losses;
}

/** dx = (exp(x − max) / Σ − 1 at the id)·dL for each row; 0 where it is ignored. */
export function crossEntropyBackward(
  x: Operand,
  ids: Operand,
  dy: Operand,
  ignoreIndex: number,
): Memory {
  const [rows, classes] = x.shape;
  const chosen = checkedIds('crossEntropy', ids, classes, ignoreIndex);
  const values = valuesOf(x);
  const slopes = valuesOf(dy);
  const dx = newMemory(x.dtype, rows * classes);
  for (let row = 0; row < rows; row++) {
    if (chosen[row] === ignoreIndex) continue;
    const from = row * classes;
    const { peak, sum } = massOf(values, from, classes);
    for (let c = 0; c < classes; c++) {
      const p = exp(values[from + c] - peak) / sum;
      dx.values[from + c] = (p - (c === chosen[row] ? 1 : 0)) * slopes[row];
    }
  }
  return dx;
}
