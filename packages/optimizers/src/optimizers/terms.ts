import { add, mul, type Symbolic } from '@unroll/tensor';

/** g + λθ: the gradient of the loss plus ½λ‖θ‖² (L2 regularisation). */
export function decayed(g: Symbolic, p: Symbolic, lambda: Symbolic): Symbolic {
  return add(g, mul(lambda, p));
}

/**
 * βm + (1 − β)x: a moving average. `rest` is 1 − β, which the caller computes in double: in float32, 1 − 0.999 is right to
 * five digits only.
 */
export function average(m: Symbolic, x: Symbolic, beta: Symbolic, rest: Symbolic): Symbolic {
  return add(mul(beta, m), mul(rest, x));
}
