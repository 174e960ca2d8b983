import { add, mul, sigmoid, tanh } from '@unroll/tensor';
import { affine } from '../cell/affine.ts';
import { defineCell } from '../cell/define-cell.ts';

/**
 * The LSTM of the lectures, letter by letter (Norouzi, "LSTM cell equations"): no biases, and the memory is shown as it
 * is, without a tanh.
 *
 *     c̃_t = tanh(W_c[a_{t−1}, x_t])
 *     u_t = σ(W_u[a_{t−1}, x_t])       what an LSTM calls i
 *     f_t = σ(W_f[a_{t−1}, x_t])
 *     o_t = σ(W_o[a_{t−1}, x_t])
 *     c_t = u_t ⊙ c̃_t + f_t ⊙ c_{t−1}
 *     a_t = o_t ⊙ c_t
 *
 * 4·(m·n + n²) parameters, whatever `bias` says.
 */
export const lectureLstm = defineCell({
  name: 'LSTM (lecture)',
  states: ['a', 'c'],
  weights: ({ inputSize: m, hiddenSize: n }) => ({
    W_c: [n + m, n],
    W_u: [n + m, n],
    W_f: [n + m, n],
    W_o: [n + m, n],
  }),
  step({ x, a: aOld, c: cOld }, { W_c, W_u, W_f, W_o }) {
    const candidate = tanh(affine([[aOld, x], W_c]));
    const u = sigmoid(affine([[aOld, x], W_u]));
    const f = sigmoid(affine([[aOld, x], W_f]));
    const o = sigmoid(affine([[aOld, x], W_o]));
    const c = add(mul(u, candidate), mul(f, cOld));
    return { c̃: candidate, u, f, o, c, a: mul(o, c) };
  },
});
