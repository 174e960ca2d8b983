import { add, mul, sigmoid, sub } from '@unroll/tensor';
import { affine } from '../cell/affine.ts';
import { defineCell } from '../cell/define-cell.ts';

/**
 * minGRU (Feng et al. 2024, "Were RNNs all we needed?"): a GRU whose gate and candidate see the input only, so that all
 * products lie before the loop. **z takes the candidate**:
 *
 *     z_t = σ(x_t·W_z + b_z)
 *     n_t = x_t·W_n + b_n                          h̃ in the paper
 *     h_t = (1 − z_t) ⊙ h_{t−1} + z_t ⊙ n_t
 *
 * 2·(m·n + n) parameters.
 */
export const minGru = defineCell({
  name: 'minGRU',
  states: ['h'],
  gates: ['z', 'n'],
  recurrent: false,
  step({ x, h: hOld }, { W, b }) {
    const z = sigmoid(affine([x, W.z], b.z));
    const n = affine([x, W.n], b.n);
    return { z, n, h: add(mul(sub(1, z), hOld), mul(z, n)) };
  },
});
