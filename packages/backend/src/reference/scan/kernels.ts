import type { Computation } from '../../program/program.ts';
import { affine } from './affine.ts';
import { memorySum, score, scoreGradient } from './attention.ts';
import type { Column } from './column.ts';
import type { Context, Kernel, Maker, RowContext } from './context.ts';
import { pointwise } from './pointwise.ts';
import * as rows from './rows.ts';

const rowMakers: { readonly [K in keyof typeof rows]: Maker<K, RowContext> } = { ...rows };

const makers: { readonly [K in Computation['kind']]: Maker<K> } = {
  affine,
  pointwise,
  ...rowMakers,
  score,
  scoreGradient,
  memorySum,
};

/** The kernel of a computed value. */
export function kernelOf(node: Computation, out: Column, context: Context): Kernel {
  const make = makers[node.kind] as Maker<Computation['kind']>;
  return make(node, out, context);
}

/** The kinds of values that a row kernel computes from nothing but rows. */
export type RowComputation = Extract<Computation, { kind: keyof typeof rowMakers }>;

export function isRowComputation(node: { readonly kind: string }): node is RowComputation {
  return Object.hasOwn(rowMakers, node.kind);
}

/**
 * The kernel of such a value, for backends that compile everything else: it reads and writes wherever the columns say, and
 * looks at their `values` anew each time.
 */
export function rowKernelOf(node: RowComputation, out: Column, context: RowContext): Kernel {
  const make = rowMakers[node.kind] as Maker<RowComputation['kind'], RowContext>;
  return make(node, out, context);
}
