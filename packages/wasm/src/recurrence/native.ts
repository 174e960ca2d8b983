import type { JobSum } from '../job/job.ts';
import { firstsOf } from '../job/job.ts';
import { NATIVE_COLUMNS, NATIVE_ROWS, sequencesAtOnce } from '../job/native.ts';
import type { Machine } from '../machine/machine.ts';
import type { Plan } from './plan.ts';
import { type ProductPlan, sizesOf } from './products.ts';

/** Which products of a plan a library computes, and how many rows of each in one call. */
export function nativeProducts(
  { blas }: Machine,
  plan: Plan,
  batchSizes: readonly number[],
): Map<ProductPlan, number> {
  const native = new Map<ProductPlan, number>();
  if (blas === undefined) return native;
  const total = firstsOf(batchSizes)[batchSizes.length];
  const sequences = sequencesAtOnce(batchSizes);
  const add = (phase: 'before' | 'loop' | 'after', rows: number, all: number) => {
    for (const instruction of plan[phase]) {
      if (instruction.kind !== 'product') continue;
      const { product } = instruction;
      const { k, n } = sizesOf(product.matrix);
      // A vector for all rows has no distance from row to row.
      const isRows = plan.program.values[product.operands[0]].kind !== 'weight';
      if (isRows && blas.isWorthACall(Math.min(rows, all), n, k)) native.set(product, rows);
    }
  };
  // What comes before the loop may be computed in its chunks.
  if (plan.after.length > 0) add('before', sequences, batchSizes[0]);
  else add('before', NATIVE_ROWS, total);
  add('loop', sequences, batchSizes[0]);
  add('after', NATIVE_ROWS, total);
  return native;
}

/** Whether a library computes a sum over all steps. */
export function isSumNative(
  { blas }: Machine,
  { left, right, m, n }: Pick<Extract<JobSum, { kind: 'product' }>, 'left' | 'right' | 'm' | 'n'>,
  total: number,
): boolean {
  const everyRow = left.everyRow && right.everyRow;
  return everyRow && (blas?.isWorthACall(m, Math.min(n, NATIVE_COLUMNS), total) ?? false);
}
