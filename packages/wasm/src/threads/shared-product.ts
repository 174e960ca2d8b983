import type { Machine } from '../machine/machine.ts';
import { execute } from '../recurrence/execute.ts';
import type { Job, JobSum, Phase, Rows } from '../recurrence/job.ts';
import { scratchFor } from '../recurrence/run.ts';

/** Code that a job needs beside the kernels: none. */
const NONE = new Uint8Array();

/** Rows of the left side and of the result, and both in the machine's memory. */
export interface SharedProduct {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  /** A `[m, k]`. */
  readonly a: number;
  /** C `[m, n]`. */
  readonly c: number;
  /** The panels of each block of k. */
  readonly blocks: readonly {
    readonly from: number;
    readonly depth: number;
    readonly panels: number;
  }[];
}

/** C = A · B on several threads, each with some rows of the result. */
export function shareProduct(machine: Machine, product: SharedProduct, count: number): void {
  const { m, k, n, a, c, blocks } = product;
  const rows = (address: number, columns: number): Rows => {
    return { address, stride: 4 * columns, everyRow: true };
  };
  const before = blocks.map(({ from, depth, panels }) => ({
    kind: 'product' as const,
    left: rows(a + 4 * from, k),
    target: rows(c, n),
    panels,
    k: depth,
    n,
    accumulate: from > 0,
  }));
  share(machine, { ...nothing, batchSizes: [m], before }, 'before', count);
}

/** C `[m, n]`, zeros before, = Aᵀ · B, A `[k, m]` and B `[k, n]`, each thread with some columns of the result. */
export function shareTransposedProduct(
  machine: Machine,
  { m, k, n, a, b, c }: Omit<SharedProduct, 'blocks'> & { readonly b: number },
  count: number,
): void {
  const sum: JobSum = {
    kind: 'product',
    left: { address: a, stride: 4 * m, everyRow: true },
    right: { address: b, stride: 4 * n, everyRow: true },
    ...{ m, n, column: 0, width: n, target: c, stride: 4 * n, native: false },
  };
  share(machine, { ...nothing, batchSizes: [k], sums: [sum] }, 'sums', count);
}

const nothing = {
  reverse: false,
  before: [],
  loop: [],
  after: [],
  states: [],
  sums: [],
  chunks: [],
} as const;

function share(machine: Machine, part: Omit<Job, 'scratch'>, phase: Phase, count: number): void {
  const { functions, tile, heap, team } = machine;
  const scratch = Array.from({ length: count }, () => scratchFor(machine, part.sums));
  const job: Job = { ...part, scratch };
  const hands = {
    functions,
    stages: {},
    tile,
    floats: () => heap.floats,
    blas: undefined,
    check: () => {},
  };
  team.share({ job, phases: [phase], count, code: NONE }, () => execute(job, phase, 0, hands));
}
