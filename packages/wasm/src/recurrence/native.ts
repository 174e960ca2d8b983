import type { Operand, Program } from '@unroll/backend';
import type { Blas } from '../blas/blas.ts';
import { plainForm } from '../blas/plain.ts';
import type { Machine } from '../machine/machine.ts';
import { versionOf } from '../memory/host-memory.ts';
import { rangeOf } from '../threads/shares.ts';
import type { Hands } from './hands.ts';
import { firstsOf, type Instruction, type Job, type JobSum, type NativeRight } from './job.ts';
import type { Plan } from './plan.ts';
import { type ProductPlan, sizesOf } from './products.ts';

// A library's bits may depend on the size of a call. So calls are cut by the problem alone, and threads get whole ones.

/** Rows of all steps in one call. */
const ROWS = 128;
/** Columns of a weight gradient in one call. */
const COLUMNS = 64;

/** Sequences of one step in one call: enough to be fast, and few enough for two threads to have some. */
function sequencesAtOnce(batchSizes: readonly number[]): number {
  return batchSizes[0] < 32 ? 8 : 16;
}

/** Which products of a plan a library computes, with their right sides. */
export function nativeProducts(
  machine: Machine,
  plan: Plan,
  batchSizes: readonly number[],
  parameters: Readonly<Record<string, Operand>>,
): Map<ProductPlan, NativeRight> {
  const native = new Map<ProductPlan, NativeRight>();
  const { blas } = machine;
  if (blas === undefined) return native;
  const places = new Map<string, number>();
  const place = (name: string): number => {
    const address = places.get(name) ?? bringPlain(machine, parameters[name]);
    places.set(name, address);
    return address;
  };
  const total = firstsOf(batchSizes)[batchSizes.length];
  const sequences = sequencesAtOnce(batchSizes);
  const add = (phase: 'before' | 'loop' | 'after', rows: number, all: number) => {
    for (const instruction of plan[phase]) {
      if (instruction.kind !== 'product') continue;
      const { product } = instruction;
      const { k, n } = sizesOf(product.matrix);
      // A vector for all rows has no distance from row to row.
      const isRows = plan.program.values[product.operands[0]].kind !== 'weight';
      if (!isRows || !blas.isWorthACall(Math.min(rows, all), n, k)) continue;
      native.set(product, rightOf(plan.program, product, place(product.matrix.parameter), rows));
    }
  };
  // What comes before the loop may be computed in its chunks.
  if (plan.after.length > 0) add('before', sequences, batchSizes[0]);
  else add('before', ROWS, total);
  add('loop', sequences, batchSizes[0]);
  add('after', ROWS, total);
  return native;
}

/** A weight as it is; one that is used again unchanged is not brought again. */
function bringPlain(machine: Machine, operand: Operand): number {
  const form = plainForm(machine, operand);
  const kept = machine.packed.get(operand.memory, versionOf(operand), form);
  if (kept !== undefined) return kept;
  const address = machine.workspace.borrow(form.bytes);
  form.pack(address);
  return address;
}

function rightOf(
  program: Program,
  { matrix: { parameter, rows, columns, transposed } }: ProductPlan,
  address: number,
  rowsAtOnce: number,
): NativeRight {
  const shape = program.parameters.find(({ name }) => name === parameter)?.shape ?? [];
  const stride = shape[shape.length - 1];
  return { address: address + 4 * (rows[0] * stride + columns[0]), stride, transposed, rowsAtOnce };
}

/** Whether a library computes a sum over all steps. */
export function isSumNative(
  { blas }: Machine,
  { left, right, m, n }: Pick<Extract<JobSum, { kind: 'product' }>, 'left' | 'right' | 'm' | 'n'>,
  total: number,
): boolean {
  const everyRow = left.everyRow && right.everyRow;
  return everyRow && (blas?.isWorthACall(m, Math.min(n, COLUMNS), total) ?? false);
}

/** Sequences at multiples of which chunks begin that compute these instructions. */
export function chunkUnitOf(all: readonly Instruction[], batchSizes: readonly number[]): number {
  return all.some(isNative) ? sequencesAtOnce(batchSizes) : 1;
}

/** One thread's rows of a phase in which all rows are computed at once. */
export function shareOfRows(
  { batchSizes, scratch, ...job }: Job,
  phase: 'before' | 'after',
  index: number,
  unit: number,
): [from: number, to: number] {
  const total = firstsOf(batchSizes)[batchSizes.length];
  return rangeOf(total, index, scratch.length, job[phase].some(isNative) ? ROWS : unit);
}

/** One thread's columns of everything that is added into something so wide. */
export function shareOfColumns(
  { sums, scratch }: Job,
  width: number,
  index: number,
  unit: number,
): [from: number, to: number] {
  const native = sums.some((sum) => sum.kind === 'product' && sum.native);
  return rangeOf(width, index, scratch.length, native ? COLUMNS : unit);
}

function isNative({ kind }: Instruction): boolean {
  return kind === 'native';
}

/** A product of so many rows, its left side and target at these addresses. */
export function multiplyNatively(
  hands: Hands,
  { left, target, right, k, n, accumulate }: Extract<Instruction, { kind: 'native' }>,
  [a, c]: readonly [left: number, target: number],
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
    const end = Math.min(to, COLUMNS * (Math.floor((column + start) / COLUMNS) + 1) - column);
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
