import type { Job, JobSum, Phase, Rows } from '../job/job.ts';
import { scratchFor } from '../job/scratch.ts';
import { Share } from '../job/share.ts';
import type { Machine } from '../machine/machine.ts';

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
  const { functions, tile, team, workspace } = machine;
  const sums = part.sums.flatMap((sum) => (sum.kind === 'product' ? [sum] : []));
  const borrow = (bytes: number) => workspace.borrow(bytes);
  const scratch = Array.from({ length: count }, () => scratchFor(tile, sums, borrow));
  const job: Job = { ...part, scratch };
  const hands = {
    functions,
    stages: {},
    tile,
    blas: undefined,
    check: () => {},
  };
  const own = new Share(job, 0, hands);
  team.share({ job, phases: [phase], count, code: NONE, again: false }, () => own.run(phase));
}
