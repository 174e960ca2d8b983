import { OptionError, ShapeError } from '@unroll/backend';
import { record, wrap } from '../autograd/record.ts';
import { asTensor, home, needFloating, on } from '../core/accept.ts';
import type { Tensor } from '../core/tensor.ts';
import { abs, addAll, div, equal, mul, sqrt, square, sub, where } from './arithmetic.ts';
import { axesOf } from './axis.ts';
import { reshape } from './core.ts';
import { reducedShapes } from './fold.ts';
import { max, mean, type ReduceOptions, sum } from './reduce.ts';
import { unrecorded } from './unrecorded.ts';

/**
 * The variance over axes, Σ (x − mean)² / (n − correction). NaN where n ≤ correction leaves 0/0. Options as for
 * {@link sum}.
 *
 * @param options.correction default 1, Bessel's; 0 for the variance of the numbers themselves
 * @throws DTypeError for ids and masks
 * @example
 * variance(tensor([1, 2, 3, 4]), { correction: 0 }); // 1.25
 */
export function variance(
  x: Tensor,
  { correction = 1, ...options }: ReduceOptions & { correction?: number } = {},
): Tensor {
  needFloating('variance', [asTensor('variance', x)]);
  const axes = axesOf('variance', options.axis, x.shape);
  const count = axes.reduce((n, axis) => n * x.shape[axis], 1);
  const centred = sub(x, mean(x, { axis: axes, keepDims: true }));
  return div(sum(square(centred), options), Math.max(0, count - correction));
}

/**
 * The length of x over axes, (Σ |x|ᵖ)^(1/p). Its gradient is 0 where the length is. Options as for {@link sum}.
 *
 * @param options.p 2 (default), 1, or Infinity for the largest |x|
 * @throws OptionError for any other p; DTypeError for ids and masks
 * @example
 * norm(tensor([3, 4])); // 5
 */
export function norm(
  x: Tensor,
  { p = 2, ...options }: ReduceOptions & { p?: number } = {},
): Tensor {
  needFloating('norm', [asTensor('norm', x)]);
  if (p === 1) return sum(abs(x), options);
  if (p === Infinity) return max(abs(x), options);
  if (p === 2) return euclidean(x, options);
  throw new OptionError('norm', `p must be 1, 2 or Infinity; got ${p}`, { p });
}

/** dx = dy · x / y. */
function euclidean(x: Tensor, options: ReduceOptions): Tensor {
  const [, kept] = reducedShapes(x.shape, axesOf('norm', options.axis, x.shape));
  const y = unrecorded('norm', () => sqrt(sum(square(x), options)));
  return record(
    'norm',
    [x],
    y,
    ([dy]) => {
      const length = reshape(y, kept);
      const zero = equal(length, 0);
      const direction = where(zero, 0, div(x, where(zero, 1, length)));
      return [dy && mul(reshape(dy, kept), direction)];
    },
    [x, y],
  );
}

/**
 * Σ x² over all elements of all tensors, one at least: a scalar; its root is their common length. One pass where the
 * backend has it.
 *
 * @throws DTypeError for ids and masks, and for float32 and float64 together; ShapeError for no tensor
 * @example
 * sumOfSquares([tensor([3, 4]), tensor(12)]); // 169
 */
export function sumOfSquares(xs: readonly Tensor[]): Tensor {
  if (xs.length === 0) throw new ShapeError('sumOfSquares', 'needs at least one tensor; got none');
  needFloating(
    'sumOfSquares',
    xs.map((x) => asTensor('sumOfSquares', x)),
  );
  const backend = home(xs);
  const { sumOfSquares: fused } = backend.fused;
  const y = fused
    ? wrap(backend, fused(xs.map((x) => on(backend, x))), [])
    : unrecorded('sumOfSquares', () => addAll(xs.map((x) => sum(square(x)))));
  return record('sumOfSquares', xs, y, ([dy]) => xs.map((x) => dy && mul(x, mul(dy, 2))), xs);
}
