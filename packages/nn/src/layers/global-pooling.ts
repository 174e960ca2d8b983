import { ShapeError } from '@unroll/backend';
import { asTensor, max, mean, Sequence, type Tensor } from '@unroll/tensor';
import { needFloats } from '../windows/check.ts';
import type { Rows } from './rowwise.ts';

/**
 * The largest value of each channel, wherever it is; the gradient is shared evenly among equals. One vector for a text or a
 * picture of any size (Collobert & Weston 2008: max over time).
 *
 * @param x a tensor `[batch, channels, …]`, or a sequence of rows `[…features]`
 * @returns `[batch, channels]`, or `[batch, …features]` of a sequence
 * @throws ShapeError for a tensor without an axis behind the channels; DTypeError for ids and masks
 * @example
 * globalMaxPool(tensor([[[1, 5, 2]]])); // [[5]]
 */
export function globalMaxPool(x: Rows): Tensor {
  return pool('globalMaxPool', x, (sequence) => sequence.max(), max);
}

/**
 * The mean of each channel over all places (Lin et al. 2013), of a sequence over its own steps.
 *
 * @param x a tensor `[batch, channels, …]`, or a sequence of rows `[…features]`
 * @returns `[batch, channels]`, or `[batch, …features]` of a sequence
 * @throws ShapeError for a tensor without an axis behind the channels; DTypeError for ids and masks
 * @example
 * globalAvgPool(tensor([[[1, 5, 3]]])); // [[3]]
 */
export function globalAvgPool(x: Rows): Tensor {
  return pool('globalAvgPool', x, (sequence) => sequence.mean(), mean);
}

function pool(
  operation: string,
  x: Rows,
  ofSequence: (x: Sequence) => Tensor,
  over: (x: Tensor, options: { axis: number[] }) => Tensor,
): Tensor {
  if (x instanceof Sequence) {
    needFloats(operation, x.rows.dtype);
    return ofSequence(x);
  }
  const { shape, dtype } = asTensor(operation, x);
  if (shape.length < 3) {
    throw new ShapeError(
      operation,
      `needs [batch, channels, …] with at least one more axis; got [${shape.join(', ')}]`,
      { shape },
    );
  }
  needFloats(operation, dtype);
  return over(x, { axis: shape.slice(2).map((_, i) => i + 2) });
}
