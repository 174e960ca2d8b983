import type { Computation } from '../../program/program.ts';
import { affine } from './affine.ts';
import { memorySum, score, scoreGradient } from './attention.ts';
import type { Column } from './column.ts';
import type { Context, Kernel, Maker } from './context.ts';
import { pointwise } from './pointwise.ts';
import * as rows from './rows.ts';

const makers: { readonly [K in Computation['kind']]: Maker<K> } = {
  affine,
  pointwise,
  ...rows,
  score,
  scoreGradient,
  memorySum,
};

/** The kernel of a computed value. */
export function kernelOf(node: Computation, out: Column, context: Context): Kernel {
  const make = makers[node.kind] as Maker<Computation['kind']>;
  return make(node, out, context);
}
