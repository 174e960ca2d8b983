import type { Memory, Operand } from '@unroll/backend';
import { bringForm, floatsOf, matrixOf } from '../machine/bring.ts';
import type { Machine } from '../machine/machine.ts';
import { addressOf, hostMemory, versionOf } from '../memory/host-memory.ts';
import type { Blas } from './blas.ts';
import { plainForm } from './plain.ts';

/** Rows of A taken at once, so that they and their results stay in the second cache. */
const ROWS = 128;

/** A batch of products: A `[m, k]` or its transpose in memory, B `[k, n]` or its transpose. */
export interface NativeProduct {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Products of the machine's own BLAS, for one operation's `during`. */
export function nativeMatmul(
  machine: Machine,
  blas: Blas,
  product: NativeProduct,
  [a, b]: readonly [Operand, Operand],
): Memory {
  const { m, n } = product;
  const batch = Math.max(a.shape[0], b.shape[0]);
  const results = new Float32Array(batch * m * n);
  const every = b.shape[0] === 1 ? bringRight(machine, b) : undefined;
  for (let i = 0; i < batch; i++) {
    machine.workspace.during(() => {
      const right = every ?? bringRight(machine, matrixOf(b, i));
      const target = results.subarray(i * m * n, (i + 1) * m * n);
      multiply(machine, blas, product, floatsOf(matrixOf(a, i)), right, target);
    });
  }
  return hostMemory('float32', results);
}

/** The right side as it is: where it lives, a copy that is kept where it is used again and again, or one in workspace. */
function bringRight(machine: Machine, b: Operand): number {
  const resident = addressOf(b);
  if (resident !== undefined) return resident;
  const form = plainForm(machine, b);
  return bringForm(machine, form, machine.packed.getRepeated(b.memory, versionOf(b), form));
}

/** A transpose is brought whole, because its rows are columns. */
function multiply(
  { heap, workspace }: Machine,
  blas: Blas,
  { m, k, n, transposeA, transposeB }: NativeProduct,
  left: Float32Array,
  right: number,
  target: Float32Array,
): void {
  const most = Math.min(ROWS, m);
  const source = workspace.borrow(4 * k * (transposeA ? m : most));
  const c = workspace.borrow(4 * most * n);
  if (transposeA) heap.floats.set(left, source / 4);
  for (let row = 0; row < m; row += ROWS) {
    const rows = Math.min(ROWS, m - row);
    if (!transposeA) heap.floats.set(left.subarray(row * k, (row + rows) * k), source / 4);
    const [a, lda] = transposeA ? [source + 4 * row, m] : [source, k];
    blas.gemm(transposeA, transposeB, rows, n, k, a, lda, right, transposeB ? k : n, 0, c, n);
    target.set(heap.floats.subarray(c / 4, c / 4 + rows * n), row * n);
  }
}
