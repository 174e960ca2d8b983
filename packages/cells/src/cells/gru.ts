import { add, mul, sigmoid, sub, tanh } from '@unroll/tensor';
import { affine } from '../cell/affine.ts';
import { defineCell } from '../cell/define-cell.ts';

/**
 * Gated recurrent unit with the reset after the product, as in cuDNN and PyTorch. Here **z keeps the old state**:
 *
 *     r_t = σ(x_t·W_r + h_{t−1}·U_r + b_r)
 *     z_t = σ(x_t·W_z + h_{t−1}·U_z + b_z)
 *     n_t = tanh(x_t·W_n + b_n + r_t ⊙ (h_{t−1}·U_n + bU))
 *     h_t = (1 − z_t) ⊙ n_t + z_t ⊙ h_{t−1}
 *
 * The candidate needs a second bias, bU, inside the reset: 3·(m·n + n² + n) + n parameters.
 */
export const gru = defineCell({
  name: 'GRU',
  states: ['h'],
  gates: ['r', 'z', 'n'],
  weights: ({ hiddenSize, bias }) => ({ bU: bias ? [hiddenSize] : undefined }),
  step({ x, h: hOld }, { W, U, b, bU }) {
    const r = sigmoid(affine([x, W.r], [hOld, U.r], b.r));
    const z = sigmoid(affine([x, W.z], [hOld, U.z], b.z));
    const n = tanh(add(affine([x, W.n], b.n), mul(r, affine([hOld, U.n], bU))));
    return { r, z, n, h: add(mul(sub(1, z), n), mul(z, hOld)) };
  },
});

/**
 * Gated recurrent unit with the reset before the product (Cho et al. 2014), as in the lectures. Here **z takes the
 * candidate**:
 *
 *     z_t = σ(x_t·W_z + h_{t−1}·U_z + b_z)
 *     r_t = σ(x_t·W_r + h_{t−1}·U_r + b_r)
 *     n_t = tanh(x_t·W_n + (r_t ⊙ h_{t−1})·U_n + b_n)      the candidate, h̃ in the lectures
 *     h_t = (1 − z_t) ⊙ h_{t−1} + z_t ⊙ n_t
 *
 * 3·(m·n + n² + n) parameters.
 */
export const gruBefore = defineCell({
  name: 'GRU (reset before)',
  states: ['h'],
  gates: ['r', 'z', 'n'],
  step({ x, h: hOld }, { W, U, b }) {
    const z = sigmoid(affine([x, W.z], [hOld, U.z], b.z));
    const r = sigmoid(affine([x, W.r], [hOld, U.r], b.r));
    const n = tanh(affine([x, W.n], [mul(r, hOld), U.n], b.n));
    return { z, r, n, h: add(mul(sub(1, z), hOld), mul(z, n)) };
  },
});
