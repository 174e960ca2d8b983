import { add, mul, sigmoid, sub, tanh } from '@unroll/tensor';
import { affine } from '../cell/affine.ts';
import { defineCell } from '../cell/define-cell.ts';

/**
 * The GRU of the lectures with a single gate, letter by letter (Norouzi, "Gated recurrent unit"): no reset, no biases.
 * **u takes the candidate**, as the lectures' z:
 *
 *     C̃_t = tanh(W_c[a_{t−1}, x_t])
 *     u_t = σ(W_u[a_{t−1}, x_t])
 *     C_t = u_t ⊙ C̃_t + (1 − u_t) ⊙ C_{t−1}
 *     a_t = C_t                                 the slide leaves it out
 *
 * 2·(m·n + n²) parameters, whatever `bias` says.
 */
export const lectureGru = defineCell({
  name: 'GRU (lecture, one gate)',
  states: ['a'],
  weights: ({ inputSize: m, hiddenSize: n }) => ({ W_c: [n + m, n], W_u: [n + m, n] }),
  step({ x, a: aOld }, { W_c, W_u }) {
    const candidate = tanh(affine([[aOld, x], W_c]));
    const u = sigmoid(affine([[aOld, x], W_u]));
    return { C̃: candidate, u, a: add(mul(u, candidate), mul(sub(1, u), aOld)) };
  },
});
