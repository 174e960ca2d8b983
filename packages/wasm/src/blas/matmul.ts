import type { Memory, Operand } from '@unroll/backend';
import type { Call } from '../job/calls-job.ts';
import { bringForm, matrixOf, reach, resultOf } from '../machine/bring.ts';
import type { Machine } from '../machine/machine.ts';
import { addressOf, versionOf } from '../memory/host-memory.ts';
import { shareCalls } from '../threads/shared-calls.ts';
import { plainForm } from './plain.ts';

/** Rows of the result in one call, so that they stay in the second cache, and threads have some each. */
const ROWS = 128;

/** A batch of products: A `[m, k]` or its transpose in memory, B `[k, n]` or its transpose. */
export interface NativeProduct {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Products of the machine's own BLAS, for one operation's `during`. Calls are cut by the problem alone, threads get some. */
export function nativeMatmul(
  machine: Machine,
  product: NativeProduct,
  [a, b]: readonly [Operand, Operand],
): Memory {
  const { m, k, n } = product;
  const batch = Math.max(a.shape[0], b.shape[0]);
  return resultOf(machine, batch * m * n, (c) => {
    const every = b.shape[0] === 1 ? bringRight(machine, b) : undefined;
    const calls: Call[] = [];
    for (let i = 0; i < batch; i++) {
      const left = reach(machine, matrixOf(a, i));
      const right = every ?? reach(machine, matrixOf(b, i));
      calls.push(...callsFor(product, left, right, c + 4 * i * m * n));
    }
    shareCalls(machine, calls, 2 * batch * m * k * n);
  });
}

/** The right side as it is: where it lies, a copy that is kept where it is used again and again, or one in workspace. */
function bringRight(machine: Machine, b: Operand): number {
  const lying = addressOf(b) ?? machine.results.addressOf(b);
  if (lying !== undefined) return lying;
  const form = plainForm(machine, b);
  return bringForm(machine, form, machine.packed.getRepeated(b.memory, versionOf(b), form));
}

function callsFor(
  { m, k, n, transposeA, transposeB }: NativeProduct,
  left: number,
  right: number,
  c: number,
): Call[] {
  const calls: Call[] = [];
  for (let row = 0; row < m; row += ROWS) {
    const rows = Math.min(ROWS, m - row);
    const [a, lda] = transposeA ? [left + 4 * row, m] : [left + 4 * row * k, k];
    const sides = [a, lda, right, transposeB ? k : n] as const;
    const flags = [Number(transposeA), Number(transposeB)] as const;
    calls.push({ name: 'gemm', args: [...flags, rows, n, k, ...sides, 0, c + 4 * row * n, n] });
  }
  return calls;
}
