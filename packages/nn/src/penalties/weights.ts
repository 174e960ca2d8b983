import { OptionError } from '@unroll/backend';
import { abs, add, square, sum, type Tensor } from '@unroll/tensor';

/**
 * Σ |w| over all weights: with a small factor beside the loss it makes weights exactly 0 (Tibshirani 1996).
 *
 * @param weights such as `model.parameters()`
 * @throws OptionError without weights
 * @example
 * const loss = add(error, mul(weightL1(model.parameters()), 1e-5));
 */
export function weightL1(weights: Iterable<Tensor>): Tensor {
  return total('weightL1', weights, abs);
}

/**
 * Σ w² over all weights: with λ/2 as its factor, the gradient is λ·w, weight decay in the loss.
 *
 * @param weights such as `model.parameters()`
 * @throws OptionError without weights
 * @example
 * const loss = add(error, mul(weightL2(model.parameters()), 1e-4 / 2));
 */
export function weightL2(weights: Iterable<Tensor>): Tensor {
  return total('weightL2', weights, square);
}

function total(operation: string, weights: Iterable<Tensor>, cost: (w: Tensor) => Tensor): Tensor {
  const sums = [...weights].map((w) => sum(cost(w)));
  if (sums.length === 0) throw new OptionError(operation, 'needs at least one tensor');
  return sums.reduce((a, b) => add(a, b));
}
