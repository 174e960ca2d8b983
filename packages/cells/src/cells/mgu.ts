import { add, mul, sigmoid, sub, tanh } from '@unroll/tensor';
import { affine } from '../cell/affine.ts';
import { defineCell } from '../cell/define-cell.ts';

/**
 * The minimal gated unit (Zhou et al. 2016): one gate both resets and updates. **f takes the candidate**, as the
 * lectures' z:
 *
 *     f_t = σ(x_t·W_f + h_{t−1}·U_f + b_f)
 *     n_t = tanh(x_t·W_n + (f_t ⊙ h_{t−1})·U_n + b_n)      h̃ in the paper
 *     h_t = (1 − f_t) ⊙ h_{t−1} + f_t ⊙ n_t
 *
 * 2·(m·n + n² + n) parameters.
 */
export const mgu = defineCell({
  name: 'MGU',
  states: ['h'],
  gates: ['f', 'n'],
  step({ x, h: hOld }, { W, U, b }) {
    const f = sigmoid(affine([x, W.f], [hOld, U.f], b.f));
    const n = tanh(affine([x, W.n], [mul(f, hOld), U.n], b.n));
    return { f, n, h: add(mul(sub(1, f), hOld), mul(f, n)) };
  },
});
