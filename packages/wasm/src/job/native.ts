import type { Blas } from '../blas/blas.ts';
import type { Hands } from './hands.ts';
import { firstsOf, type Instruction, type Job, type JobSum } from './job.ts';
import { rangeOf } from './shares.ts';

// A library's bits may depend on the size of a call. So calls are cut by the problem alone, and threads get whole ones.

/** Rows of all steps in one call. */
export const NATIVE_ROWS = 128;
/** Columns of a weight gradient in one call. */
export const NATIVE_COLUMNS = 64;

/** Sequences of one step in one call: enough to be fast, and few enough for two threads to have some. */
export function sequencesAtOnce(batchSizes: readonly number[]): number {
  return batchSizes[0] < 32 ? 8 : 16;
}

/** Sequences at multiples of which chunks begin that compute these instructions. */
export function chunkUnitOf(all: readonly Instruction[], batchSizes: readonly number[]): number {
  return all.some(isNative) ? sequencesAtOnce(batchSizes) : 1;
}

/** One thread's rows of a phase in which all rows are computed at once. */
export function shareOfRows(
  job: Job,
  phase: 'before' | 'after',
  total: number,
  index: number,
  unit: number,
): [from: number, to: number] {
  const count = job.scratch.length;
  return rangeOf(total, index, count, job[phase].some(isNative) ? NATIVE_ROWS : unit);
}

/** One thread's columns of everything that is added into something so wide. */
export function shareOfColumns(
  { sums, scratch }: Job,
  width: number,
  index: number,
  unit: number,
): [from: number, to: number] {
  const native = sums.some((sum) => sum.kind === 'product' && sum.native);
  return rangeOf(width, index, scratch.length, native ? NATIVE_COLUMNS : unit);
}

function isNative({ kind }: Instruction): boolean {
  return kind === 'native';
}

/** A product of so many rows, its left side and target at these addresses. */
export function multiplyNatively(
  hands: Hands,
  { left, target, right, k, n, accumulate }: Extract<Instruction, { kind: 'native' }>,
  a: number,
  c: number,
  rows: number,
): void {
  const { address, stride, transposed, rowsAtOnce } = right;
  for (let row = 0; row < rows; row += rowsAtOnce) {
    blasOf(hands).gemm(
      false,
      transposed,
      Math.min(rowsAtOnce, rows - row),
      n,
      k,
      a + row * left.stride,
      left.stride / 4,
      address,
      stride,
      Number(accumulate),
      c + row * target.stride,
      target.stride / 4,
    );
  }
}

/** Adds some columns of leftᵀ · right over all steps. */
export function addNatively(
  hands: Hands,
  { left, right, m, target, stride, column }: Extract<JobSum, { kind: 'product' }>,
  { batchSizes }: Job,
  [from, to]: readonly [from: number, to: number],
): void {
  const total = firstsOf(batchSizes)[batchSizes.length];
  for (let start = from; start < to; ) {
    hands.check();
    // Up to the next multiple in the whole parameter, as its threads are given them.
    const end = Math.min(
      to,
      NATIVE_COLUMNS * (Math.floor((column + start) / NATIVE_COLUMNS) + 1) - column,
    );
    blasOf(hands).gemm(
      true,
      false,
      m,
      end - start,
      total,
      left.address,
      left.stride / 4,
      right.address + 4 * start,
      right.stride / 4,
      1,
      target + 4 * start,
      stride / 4,
    );
    start = end;
  }
}

function blasOf({ blas }: Hands): Blas {
  if (blas === undefined) throw new TypeError('this thread has not loaded the library');
  return blas;
}
