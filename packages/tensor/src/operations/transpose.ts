import { IndexError, ShapeError } from '@unroll/backend';
import { record, wrap } from '../autograd/record.ts';
import { asTensor } from '../core/accept.ts';
import type { Tensor } from '../core/tensor.ts';
import { axesOf, axisOf } from './axis.ts';
import { reshape } from './core.ts';

/**
 * x with its axes in another order: axis i of the result is axis `axes[i]` of x. Without `axes` the order is turned
 * around, which for a matrix is its transpose. Copies; `matmul` has flags that do not.
 *
 * @throws IndexError unless `axes` names every axis once
 * @example
 * transpose(tensor([[1, 2, 3], [4, 5, 6]])); // [[1, 4], [2, 5], [3, 6]]
 */
export function transpose(x: Tensor, axes?: readonly number[]): Tensor {
  const order = orderOf(asTensor('transpose', x), axes);
  if (order.every((axis, i) => axis === i)) return x;
  const { backend } = x.storage;
  const shape = order.map((axis) => x.shape[axis]);
  const y = wrap(backend, backend.kernels.transpose(x.operand, order), shape);
  return record('transpose', [x], y, ([dy]) => [dy && transpose(dy, inverse(order))]);
}

function orderOf(x: Tensor, axes: readonly number[] | undefined): number[] {
  if (!axes) return x.shape.map((_, i) => x.rank - 1 - i);
  const order = axes.map((axis) => axisOf('transpose', axis, x.shape));
  if (order.length === x.rank && new Set(order).size === x.rank) return order;
  throw new IndexError(
    'transpose',
    `axes must name each of the ${x.rank} axes of [${x.shape.join(', ')}] once; got [${axes.join(', ')}]`,
    { axes, shape: x.shape },
  );
}

function inverse(order: readonly number[]): number[] {
  return order.map((_, i) => order.indexOf(i));
}

/**
 * x without its axes of length 1, or without those named. Shares memory with x.
 *
 * @throws ShapeError when a named axis is longer; IndexError when it does not exist
 * @example
 * squeeze(tensor([[[1, 2]]]), { axis: 0 }); // [[1, 2]]
 */
export function squeeze(x: Tensor, { axis }: { axis?: number | readonly number[] } = {}): Tensor {
  const { shape } = asTensor('squeeze', x);
  const axes = axesOf('squeeze', axis, shape).filter((i) => axis !== undefined || shape[i] === 1);
  const longer = axes.find((i) => shape[i] !== 1);
  if (longer !== undefined) {
    throw new ShapeError(
      'squeeze',
      `axis ${longer} of [${shape.join(', ')}] has length ${shape[longer]}, not 1`,
      { shape, axis: longer },
    );
  }
  return reshape(
    x,
    shape.filter((_, i) => !axes.includes(i)),
  );
}

/**
 * x with one more axis, of length 1. Shares memory with x.
 *
 * @param options.axis where it stands in the result; −1 is the last
 * @throws IndexError when the result has no such axis
 * @example
 * unsqueeze(tensor([1, 2]), { axis: -1 }); // [[1], [2]]
 */
export function unsqueeze(x: Tensor, { axis }: { axis: number }): Tensor {
  const { shape } = asTensor('unsqueeze', x);
  return reshape(x, shape.toSpliced(axisOf('unsqueeze', axis, [...shape, 1]), 0, 1));
}
