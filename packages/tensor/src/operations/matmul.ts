import {
  broadcast,
  DTypeError,
  type Operand,
  type Shape,
  ShapeError,
  sizeOf,
  UnsupportedError,
} from '@unroll/backend';
import { record, wrap } from '../autograd/record.ts';
import { asTensor, home, needFloating, on } from '../core/accept.ts';
import { Symbolic } from '../core/symbolic.ts';
import type { Tensor } from '../core/tensor.ts';
import { broadcastTo, reshape, sumTo } from './core.ts';

export interface MatmulOptions {
  /** Take the first side as its transpose (its last two axes swapped); default false. A vector has none. */
  transposeA?: boolean;
  /** Take the second side as its transpose; default false. */
  transposeB?: boolean;
}

/**
 * Matrix product `[…, m, k] · […, k, n]` → `[…, m, n]`; the axes in front broadcast. A vector on the left is a row, on
 * the right a column, and that axis is missing in the result: `[k] · [k]` is a scalar.
 *
 * @throws ShapeError when the inner sizes or the axes in front do not fit; DTypeError for ids and masks
 * @example
 * matmul(tensor([[1, 2], [3, 4]]), tensor([1, 1])); // [3, 7]
 */
export function matmul(a: Tensor, b: Tensor, options?: MatmulOptions): Tensor;
export function matmul(x: Symbolic, weight: Symbolic, options?: { transposeB?: boolean }): Symbolic;
export function matmul(
  a: Tensor | Symbolic,
  b: Tensor | Symbolic,
  options: MatmulOptions = {},
): Tensor | Symbolic {
  if (a instanceof Symbolic || b instanceof Symbolic) return symbolicMatmul(a, b, options);
  needFloating('matmul', [asTensor('matmul', a), asTensor('matmul', b)]);
  const left = a.rank === 1 ? reshape(a, [1, a.size]) : a;
  const right = b.rank === 1 ? reshape(b, [b.size, 1]) : b;
  const flags = {
    transposeA: a.rank > 1 && (options.transposeA ?? false),
    transposeB: b.rank > 1 && (options.transposeB ?? false),
  };
  checkInner(a, b, left, right, flags);
  const y = batched(left, right, flags);
  if (a.rank > 1 && b.rank > 1) return y;
  const shape = [...y.shape];
  if (b.rank === 1) shape.pop();
  if (a.rank === 1) shape.splice(y.rank - 2, 1);
  return reshape(y, shape);
}

function symbolicMatmul(
  x: Tensor | Symbolic,
  weight: Tensor | Symbolic,
  { transposeA = false, transposeB = false }: MatmulOptions,
): Symbolic {
  if (!(x instanceof Symbolic && weight instanceof Symbolic)) {
    const foreign = asTensor('matmul', x instanceof Symbolic ? weight : x);
    throw new DTypeError(
      'matmul',
      `a step closes over a tensor (${foreign}). Declare it as a weight or an input of the cell.`,
    );
  }
  if (transposeA) {
    throw new UnsupportedError(
      'matmul',
      'a step multiplies rows by a weight; only that can be transposed',
    );
  }
  return x.tracer.matmul(x, weight, transposeB);
}

type Flags = Required<MatmulOptions>;

/** Two sides with at least two axes each, brought to the three axes of {@link bmm} and back. */
function batched(a: Tensor, b: Tensor, flags: Flags): Tensor {
  if (a.rank === 2 && b.rank === 2) return bmm(a, b, flags.transposeA, flags.transposeB);
  const front = [a.shape.slice(0, -2), b.shape.slice(0, -2)] as const;
  const batch = broadcast(...front);
  if (!batch) {
    throw new ShapeError(
      'matmul',
      `the axes before the last two must match or be 1; got [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`,
      { left: a.shape, right: b.shape },
    );
  }
  const [m, n] = outerSizes(a, b, flags);
  const single = sizeOf(front[1]) === 1 && !flags.transposeA;
  const left = single ? asRows(a) : asBatch(a, batch);
  const y = bmm(left, asBatch(b, batch), flags.transposeA, flags.transposeB);
  return layOut(y, [...batch, m, n]);
}

/** One matrix on the right serves all rows of the left: `[…, m, k]` as `[1, …·m, k]`. */
function asRows(x: Tensor): Tensor {
  const columns = x.shape[x.rank - 1];
  return layOut(x, [1, sizeOf(x.shape.slice(0, -1)), columns]);
}

/** `[…, r, c]` as `[batch, r, c]`, or as `[1, r, c]` when all share it. */
function asBatch(x: Tensor, batch: Shape): Tensor {
  const matrix = x.shape.slice(-2);
  if (sizeOf(x.shape.slice(0, -2)) === 1) return layOut(x, [1, ...matrix]);
  return layOut(broadcastTo(x, [...batch, ...matrix]), [sizeOf(batch), ...matrix]);
}

function layOut(x: Tensor, shape: Shape): Tensor {
  return x.rank === shape.length && x.shape.every((n, i) => n === shape[i]) ? x : reshape(x, shape);
}

/**
 * y = A·B for `[batch, m, k]` and `[batch, k, n]`, where A and B are a and b or their transposes and a batch of 1 serves
 * all, or for two matrices. dA = dy·Bᵀ and dB = Aᵀ·dy are such products again.
 */
function bmm(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  const backend = home([a, b]);
  const [left, right] = [stacked(on(backend, a)), stacked(on(backend, b))];
  const memory = backend.kernels.matmul(left, right, transposeA, transposeB);
  const batch = left.shape[0] === 1 ? right.shape[0] : left.shape[0];
  const matrix = outerSizes(a, b, { transposeA, transposeB });
  const shape = a.rank === 2 ? matrix : [batch, ...matrix];
  return record(
    'matmul',
    [a, b],
    wrap(backend, memory, shape),
    ([dy], [needsA, needsB]) => {
      if (!dy) return [];
      const da = () => (transposeA ? bmm(b, dy, transposeB, true) : bmm(dy, b, false, !transposeB));
      const db = () => (transposeB ? bmm(dy, a, true, transposeA) : bmm(a, dy, !transposeA, false));
      return [needsA ? sumTo(da(), a.shape) : undefined, needsB ? sumTo(db(), b.shape) : undefined];
    },
    [a, b],
  );
}

/** A matrix as a batch of one. */
function stacked(x: Operand): Operand {
  return x.shape.length === 3 ? x : { ...x, shape: [1, ...x.shape] };
}

function outerSizes(
  a: Tensor,
  b: Tensor,
  { transposeA, transposeB }: Flags,
): [m: number, n: number] {
  return [a.shape[a.rank - (transposeA ? 1 : 2)], b.shape[b.rank - (transposeB ? 2 : 1)]];
}

function checkInner(a: Tensor, b: Tensor, left: Tensor, right: Tensor, flags: Flags): void {
  if (a.rank === 0 || b.rank === 0) {
    throw new ShapeError(
      'matmul',
      `needs vectors or matrices; got [${a.shape.join(', ')}] and [${b.shape.join(', ')}]. Multiply by a scalar with mul()?`,
      { left: a.shape, right: b.shape },
    );
  }
  const [m, n] = outerSizes(left, right, flags);
  const k = left.shape[left.rank - (flags.transposeA ? 2 : 1)];
  const other = right.shape[right.rank - (flags.transposeB ? 1 : 2)];
  if (k === other) return;
  const shown = (x: Tensor, turned: boolean) => `[${x.shape.join(', ')}]${turned ? 'ᵀ' : ''}`;
  throw new ShapeError(
    'matmul',
    `inner sizes must match; got ${shown(a, flags.transposeA)} and ${shown(b, flags.transposeB)} (${k} ≠ ${other}).${wayOut(a, b, k === n, m === other, flags)}`,
    { left: a.shape, right: b.shape },
  );
}

function wayOut(a: Tensor, b: Tensor, second: boolean, first: boolean, flags: Flags): string {
  if (second && b.rank > 1) {
    return flags.transposeB ? ' Leave the second as it is?' : ' Transpose the second?';
  }
  if (first && a.rank > 1) {
    return flags.transposeA ? ' Leave the first as it is?' : ' Transpose the first?';
  }
  return '';
}
