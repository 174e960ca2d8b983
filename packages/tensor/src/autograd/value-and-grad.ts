import type { Tensor } from '../core/tensor.ts';
import { grad } from './backward.ts';

/**
 * Turns a scalar function of tensors into one that gives its value and the gradients of its arguments (JAX's
 * `value_and_grad`).
 *
 * @example
 * const [loss, [dw]] = valueAndGrad((w) => sum(mul(w, w)))(tensor([1, 2]));
 */
export function valueAndGrad<X extends Tensor[]>(
  fn: (...inputs: X) => Tensor,
): (...inputs: X) => [value: Tensor, gradients: Tensor[]] {
  return (...inputs) => {
    const leaves = inputs.map((x) => {
      const leaf = x.detach();
      leaf.requiresGrad = true;
      return leaf;
    });
    const value = fn(...(leaves as X));
    return [value.detach(), grad(value, leaves)];
  };
}
