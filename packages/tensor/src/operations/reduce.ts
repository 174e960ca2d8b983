import { isFloating, ShapeError } from '@unroll/backend';
import { record } from '../autograd/record.ts';
import { asTensor } from '../core/accept.ts';
import type { Tensor } from '../core/tensor.ts';
import { div, equal, where } from './arithmetic.ts';
import { axesOf, axisOf } from './axis.ts';
import { cast } from './cast.ts';
import { broadcastTo, reshape, sumTo } from './core.ts';
import { fold, reducedShapes } from './fold.ts';

export interface ReduceOptions {
  /** The axis or axes that go away; negative ones count from the end. Default: all. */
  axis?: number | readonly number[];
  /** Keep them with length 1; default false. */
  keepDims?: boolean;
}

/** Options of a search along one axis. */
export interface ArgOptions {
  /** The axis that goes away; default: the tensor is searched as one row. */
  axis?: number;
  /** Keep it with length 1; default false. */
  keepDims?: boolean;
}

/**
 * The sum over axes. int32 stays int32; a mask is counted in int32. The sum of nothing is 0.
 *
 * @throws IndexError for an axis that does not exist
 * @example
 * sum(tensor([[1, 2], [3, 4]]), { axis: 1 }); // [3, 7]
 */
export function sum(x: Tensor, { axis, keepDims = false }: ReduceOptions = {}): Tensor {
  const axes = axesOf('sum', axis, asTensor('sum', x).shape);
  const [away, kept] = reducedShapes(x.shape, axes);
  return record('sum', [x], fold('sum', x, axes, keepDims ? kept : away), ([dy]) => [
    dy && broadcastTo(reshape(dy, kept), x.shape),
  ]);
}

/**
 * The mean over axes; ids and masks become float32. The mean of nothing is NaN. Options as for {@link sum}.
 *
 * @example
 * mean(tensor([[1, 2], [3, 4]]), { axis: 0, keepDims: true }); // [[2, 3]]
 */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  const axes = axesOf('mean', options.axis, asTensor('mean', x).shape);
  const count = axes.reduce((n, axis) => n * x.shape[axis], 1);
  return div(sum(isFloating(x.dtype) ? x : cast(x, 'float32'), options), count);
}

/**
 * The largest element over axes, NaN if there is one. The gradient is shared evenly among equals. Options as for
 * {@link sum}.
 *
 * @throws ShapeError when there is nothing to choose from
 * @example
 * max(tensor([[1, 5], [7, 7]]), { axis: -1 }); // [5, 7]
 */
export function max(x: Tensor, options: ReduceOptions = {}): Tensor {
  return extreme('max', x, options);
}

/**
 * The smallest element over axes; everything else as for {@link max}.
 *
 * @example
 * min(tensor([3, 1, 2])); // 1
 */
export function min(x: Tensor, options: ReduceOptions = {}): Tensor {
  return extreme('min', x, options);
}

function extreme(
  kind: 'max' | 'min',
  x: Tensor,
  { axis, keepDims = false }: ReduceOptions,
): Tensor {
  const axes = axesOf(kind, axis, asTensor(kind, x).shape);
  refuseEmpty(kind, x, axes);
  const [away, kept] = reducedShapes(x.shape, axes);
  const y = fold(kind, x, axes, keepDims ? kept : away);
  return record(
    kind,
    [x],
    y,
    ([dy]) => {
      const hit = equal(x, reshape(y, kept));
      const count = sumTo(cast(hit, x.dtype), kept);
      return [dy && where(hit, div(reshape(dy, kept), count), 0)];
    },
    [x, y],
  );
}

/**
 * Where the largest element along an axis is, as int32: the first of equals, or of the NaNs.
 *
 * @throws ShapeError when there is nothing to choose from
 * @example
 * argmax(tensor([[1, 5, 2], [7, 0, 7]]), { axis: 1 }); // [1, 0]
 */
export function argmax(x: Tensor, options: ArgOptions = {}): Tensor {
  return position('argmax', x, options);
}

/**
 * Where the smallest element along an axis is; everything else as for {@link argmax}.
 *
 * @example
 * argmin(tensor([3, 1, 2])); // 1
 */
export function argmin(x: Tensor, options: ArgOptions = {}): Tensor {
  return position('argmin', x, options);
}

function position(
  kind: 'argmax' | 'argmin',
  x: Tensor,
  { axis, keepDims = false }: ArgOptions,
): Tensor {
  const { shape } = asTensor(kind, x);
  const axes = axis === undefined ? shape.map((_, i) => i) : [axisOf(kind, axis, shape)];
  refuseEmpty(kind, x, axes);
  const [away, kept] = reducedShapes(shape, axes);
  return fold(kind, x, axes, keepDims ? kept : away);
}

function refuseEmpty(operation: string, x: Tensor, axes: readonly number[]): void {
  const empty = axes.find((axis) => x.shape[axis] === 0);
  if (empty === undefined) return;
  throw new ShapeError(
    operation,
    `axis ${empty} of [${x.shape.join(', ')}] is empty, so there is nothing to choose from`,
    { shape: x.shape, axis: empty },
  );
}
