import { record, wrap } from '../autograd/record.ts';
import { asTensor, needFloating } from '../core/accept.ts';
import { Symbolic } from '../core/symbolic.ts';
import type { Tensor } from '../core/tensor.ts';
import { add, div, equal, exp, isfinite, log, mul, sub, where } from './arithmetic.ts';
import { axesOf, axisOf } from './axis.ts';
import { needColumns } from './columns.ts';
import { reshape } from './core.ts';
import { fold, reducedShapes } from './fold.ts';
import { type ReduceOptions, sum } from './reduce.ts';
import { unrecorded } from './unrecorded.ts';

interface AxisOption {
  /** Default −1, the last. */
  axis?: number;
}

/**
 * eˣ / Σ eˣ along an axis: positive numbers that sum to 1. −Infinity gives exactly 0, so it masks; a row of nothing but
 * −Infinity has no such numbers and gives NaN.
 *
 * @throws IndexError for an axis that does not exist; DTypeError for ids and masks
 * @example
 * softmax(tensor([[0, 0], [0, -Infinity]])); // [[0.5, 0.5], [1, 0]]
 */
export function softmax(x: Tensor, options?: AxisOption): Tensor;
export function softmax(x: Symbolic, options?: AxisOption): Symbolic;
export function softmax(x: Tensor | Symbolic, { axis = -1 }: AxisOption = {}): Tensor | Symbolic {
  if (x instanceof Symbolic) {
    needColumns('softmax', axis);
    return x.tracer.softmax(x);
  }
  const along = checked('softmax', x, axis);
  const y = fused('softmax', x, along) ?? composedSoftmax(x, along);
  return record(
    'softmax',
    [x],
    y,
    ([dy]) => [dy && mul(y, sub(dy, sum(mul(dy, y), { axis: along, keepDims: true })))],
    [y],
  );
}

/**
 * log softmax(x), without the detour that would round small probabilities to 0. Rows of nothing but −Infinity give NaN,
 * as in {@link softmax}.
 *
 * @throws IndexError for an axis that does not exist; DTypeError for ids and masks
 * @example
 * logSoftmax(tensor([0, 1000])); // [-1000, 0]
 */
export function logSoftmax(x: Tensor, { axis = -1 }: AxisOption = {}): Tensor {
  const along = checked('logSoftmax', x, axis);
  const y = fused('logSoftmax', x, along) ?? composedLogSoftmax(x, along);
  return record(
    'logSoftmax',
    [x],
    y,
    ([dy]) => [dy && sub(dy, mul(exp(y), sum(dy, { axis: along, keepDims: true })))],
    [y],
  );
}

/**
 * log Σ eˣ over axes, exact where eˣ would overflow; its gradient is the softmax. −Infinity for nothing, or for nothing
 * but −Infinity (with gradient 0).
 *
 * @throws IndexError for an axis that does not exist; DTypeError for ids and masks
 * @example
 * logsumexp(tensor([1000, 1000])); // 1000.6931
 */
export function logsumexp(x: Tensor, options: ReduceOptions = {}): Tensor {
  needFloating('logsumexp', [asTensor('logsumexp', x)]);
  const axes = axesOf('logsumexp', options.axis, x.shape);
  const [away, kept] = reducedShapes(x.shape, axes);
  const y = reshape(composedLogSumExp(x, axes), options.keepDims ? kept : away);
  return record(
    'logsumexp',
    [x],
    y,
    ([dy]) => {
      const level = reshape(where(equal(y, -Infinity), 0, y), kept);
      return [dy && mul(reshape(dy, kept), exp(sub(x, level)))];
    },
    [x, y],
  );
}

function checked(operation: string, x: Tensor, axis: number): number {
  needFloating(operation, [asTensor(operation, x)]);
  return axisOf(operation, axis, x.shape);
}

/** One kernel, where the backend has it and the axis is the last. */
function fused(kind: 'softmax' | 'logSoftmax', x: Tensor, axis: number): Tensor | undefined {
  const { backend } = x.storage;
  const memory = axis === x.rank - 1 ? backend.fused[kind]?.(x.operand) : undefined;
  return memory && wrap(backend, memory, x.shape);
}

function composedSoftmax(x: Tensor, axis: number): Tensor {
  return unrecorded('softmax', () => {
    const e = exp(sub(x, peak(x, [axis])));
    return div(e, sum(e, { axis, keepDims: true }));
  });
}

function composedLogSoftmax(x: Tensor, axis: number): Tensor {
  return unrecorded('logSoftmax', () => {
    const shifted = sub(x, peak(x, [axis]));
    return sub(shifted, log(sum(exp(shifted), { axis, keepDims: true })));
  });
}

function composedLogSumExp(x: Tensor, axes: readonly number[]): Tensor {
  return unrecorded('logsumexp', () => {
    const top = peak(x, axes);
    return add(log(sum(exp(sub(x, top)), { axis: axes, keepDims: true })), top);
  });
}

/** What is taken off so that eˣ cannot overflow: the largest value, if it is a number. */
function peak(x: Tensor, axes: readonly number[]): Tensor | number {
  if (axes.some((axis) => x.shape[axis] === 0)) return 0;
  const top = fold('max', x, axes, reducedShapes(x.shape, axes)[1]);
  return where(isfinite(top), top, 0);
}
