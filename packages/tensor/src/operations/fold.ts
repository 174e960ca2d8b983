import type { Operand, Reduction, Shape } from '@unroll/backend';
import { wrap } from '../autograd/record.ts';
import type { Tensor } from '../core/tensor.ts';

/** The shape without the axes, and with each of them as 1. */
export function reducedShapes(shape: Shape, axes: readonly number[]): [away: Shape, kept: Shape] {
  return [
    shape.filter((_, i) => !axes.includes(i)),
    shape.map((n, i) => (axes.includes(i) ? 1 : n)),
  ];
}

/** A reduction over several axes, unrecorded; the result is laid out as `shape`. */
export function fold(kind: Reduction, x: Tensor, axes: readonly number[], shape: Shape): Tensor {
  const { backend } = x.storage;
  const runs = mergeAxes(x.shape, axes);
  let operand: Operand = { ...x.operand, shape: runs.shape };
  for (const axis of runs.axes.toReversed()) {
    const memory = backend.kernels.reduce(kind, operand, axis);
    const left = operand.shape.filter((_, i) => i !== axis);
    operand = { memory, offset: 0, shape: left, dtype: memory.dtype };
  }
  return wrap(backend, operand.memory, shape);
}

/**
 * Neighbouring axes made one, so that the sum of a whole tensor is one kernel and is rounded once. No axes become one
 * of length 1: there is always a kernel, and its dtype.
 */
function mergeAxes(shape: Shape, axes: readonly number[]): { shape: number[]; axes: number[] } {
  if (axes.length === 0) return { shape: [...shape, 1], axes: [shape.length] };
  const merged: number[] = [];
  const places: number[] = [];
  for (const [i, n] of shape.entries()) {
    if (axes.includes(i) && axes.includes(i - 1)) {
      merged[merged.length - 1] *= n;
      continue;
    }
    if (axes.includes(i)) places.push(merged.length);
    merged.push(n);
  }
  return { shape: merged, axes: places };
}
