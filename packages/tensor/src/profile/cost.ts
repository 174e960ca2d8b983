import {
  type Attention,
  allGradients,
  bytesOf,
  type Columns,
  derivativeOf,
  type FusedKernels,
  formulaFlops,
  type Kernels,
  type Memory,
  type Operand,
  programFlops,
  type Scan,
  sizeOf,
} from '@unroll/backend';

/** What a call of a kernel is called, and what it has to do. */
export interface Cost {
  readonly name: string;
  /** Arithmetic operations; 0 where values are only moved, and for kernels that are not counted. */
  readonly flops: number;
  /** Bytes of all operands and results: what has to be read and written at least. */
  readonly bytes: number;
}

type Count<F extends (...args: never[]) => unknown> = (
  args: Parameters<F>,
  result: ReturnType<F>,
) => Partial<Cost>;

type All = Kernels & FusedKernels;

const counts: { readonly [K in keyof All]?: Count<All[K]> } = {
  pointwise: ([formula, , shape]) => ({
    name: formula.name,
    flops: formulaFlops(formula) * sizeOf(shape),
  }),
  reduce: ([kind, x]) => ({ name: kind, flops: sizeOf(x.shape) }),
  cumsum: ([x]) => ({ flops: sizeOf(x.shape) }),
  matmul: ([a, b, transposeA, transposeB]) => {
    const k = a.shape[transposeA ? 1 : 2];
    const m = a.shape[transposeA ? 2 : 1];
    const n = b.shape[transposeB ? 1 : 2];
    return { flops: 2 * Math.max(a.shape[0], b.shape[0]) * m * k * n };
  },
  // Maximum, subtraction, exp, sum, division; or for the logarithm one subtraction more instead of it.
  softmax: ([x]) => ({ flops: 5 * sizeOf(x.shape) }),
  logSoftmax: ([x]) => ({ flops: 5 * sizeOf(x.shape) }),
  // Maximum, subtraction, exp, sum; back the division too, and what is subtracted and multiplied.
  crossEntropy: ([x]) => ({ flops: 4 * sizeOf(x.shape) }),
  crossEntropyBackward: ([x]) => ({ flops: 6 * sizeOf(x.shape) }),
  // Two products of every query with every key, and a softmax; back five products. What is out of sight is counted too.
  attention: ([call]) => ({ flops: (2 * wide(call) + 5 * call.heads) * pairs(call) }),
  attentionBackward: ([call]) => ({ flops: (5 * wide(call) + 6 * call.heads) * pairs(call) }),
  update: ([formula, , targets]) => ({
    name: formula.name,
    flops: formulaFlops(formula) * sizeOf(targets[0].shape),
  }),
  sumOfSquares: ([inputs]) => ({ flops: inputs.reduce((n, x) => n + 2 * sizeOf(x.shape), 0) }),
  // Of what is picked from, only what is picked is read.
  slice: (_, made) => ({ bytes: 2 * bytesIn(made) }),
  indexSelect: ([, ids], made) => ({ bytes: bytesIn(ids) + 2 * bytesIn(made) }),
  gather: ([, ids], made) => ({ bytes: bytesIn(ids) + 2 * bytesIn(made) }),
  indexAdd: ([, , x]) => ({ flops: sizeOf(x.shape) }),
  scatterAdd: ([, , x]) => ({ flops: sizeOf(x.shape) }),
  scan: ([call], { outputs, finalStates, watched }) => ({
    name: call.program.name,
    flops: rowsOf(call) * programFlops(call.program, columnsOf(call)),
    bytes: inputBytes(call) + bytesIn([outputs, finalStates, watched].flatMap(Object.values)),
  }),
  scanBackward: ([{ forward, outputs, finalStates, watch, wanted }], gradients) => {
    const { program, save } = forward;
    const saving = typeof save === 'boolean' ? allGradients(program) : save;
    const derivative = derivativeOf(program, wanted, watch, saving);
    const given = [outputs, finalStates, ...Object.values(gradients)].flatMap(Object.values);
    return {
      name: `${program.name} backward`,
      flops: rowsOf(forward) * programFlops(derivative, columnsOf(forward)),
      bytes: inputBytes(forward) + bytesIn(given),
    };
  },
};

/** What a call had to do, given its result. */
export function costOf(kernel: string, args: readonly unknown[], result: unknown): Cost {
  const count = (counts as Readonly<Record<string, Count<(...args: never[]) => unknown>>>)[kernel];
  const found = count?.(args as never, result);
  return {
    name: kernel,
    flops: 0,
    ...found,
    bytes: found?.bytes ?? bytesIn(args) + bytesIn(result),
  };
}

/** Bytes of an operand, of memory, of host values, or of all in a list. */
function bytesIn(x: unknown): number {
  if (Array.isArray(x)) return x.reduce((sum: number, item) => sum + bytesIn(item), 0);
  if (ArrayBuffer.isView(x)) return x.byteLength;
  if (typeof x !== 'object' || x === null || !('dtype' in x)) return 0;
  const { dtype, shape, length } = x as Memory & Operand;
  return bytesOf(dtype) * (shape ? sizeOf(shape) : length);
}

function inputBytes({ steps, states, sequences, memories, parameters }: Scan): number {
  return bytesIn([steps, states, sequences, memories, parameters].flatMap(Object.values));
}

/** Rows of all steps. */
function rowsOf({ schedule }: Scan): number {
  return schedule.batchSizes.reduce((a, b) => a + b, 0);
}

/** Sizes for one row; that of a source is the mean over all rows. */
function columnsOf(call: Scan): Columns {
  return (size) => {
    if (typeof size === 'number') return size;
    const lengths = call.lengths[size.source];
    const { batchSizes } = call.schedule;
    const all = batchSizes.map((n) => lengths.slice(0, n).reduce((a, b) => a + b, 0));
    return all.reduce((a, b) => a + b, 0) / rowsOf(call);
  };
}

/** Queries times keys, over all sequences. */
function pairs({ queries, keys }: Attention): number {
  return queries.lengths.reduce((sum, n, i) => sum + n * keys.lengths[i], 0);
}

/** Operations of one product for each pair, queries and values averaged. */
function wide({ q, v, heads, kvHeads }: Attention): number {
  return q.shape[1] + (v.shape[1] / kvHeads) * heads;
}
