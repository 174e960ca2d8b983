import { ShapeError, sizeOf } from '@unroll/backend';
import { asTensor, reshape, type Tensor } from '@unroll/tensor';
import { type Rows, rowwise } from './rowwise.ts';

/**
 * All features of a row in one axis: between convolutions and a linear layer.
 *
 * @param x a tensor `[batch, …]`, or a sequence of rows of any shape
 * @returns `[batch, features]` in the same kind
 * @throws ShapeError for a scalar
 * @example
 * flatten(zeros([2, 3, 4, 4])); // [2, 48]
 */
export function flatten<X extends Rows>(x: X): X {
  return rowwise(x, (rows: Tensor) => {
    const [count, ...features] = asTensor('flatten', rows).shape;
    if (count === undefined) throw new ShapeError('flatten', 'needs [batch, …]; got a scalar');
    return reshape(rows, [count, sizeOf(features)]);
  });
}
