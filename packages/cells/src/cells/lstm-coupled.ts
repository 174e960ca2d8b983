import { add, mul, sigmoid, sub, tanh } from '@unroll/tensor';
import { affine } from '../cell/affine.ts';
import { defineCell } from '../cell/define-cell.ts';

/**
 * LSTM with coupled gates (Greff et al. 2017, "CIFG"): it forgets where it writes, f = 1 − i.
 *
 *     i_t = σ(x_t·W_i + h_{t−1}·U_i + b_i)
 *     g_t = tanh(x_t·W_g + h_{t−1}·U_g + b_g)
 *     o_t = σ(x_t·W_o + h_{t−1}·U_o + b_o)
 *     c_t = (1 − i_t) ⊙ c_{t−1} + i_t ⊙ g_t
 *     h_t = o_t ⊙ tanh(c_t)
 *
 * 3·(m·n + n² + n) parameters. The input bias starts at −1, which is an LSTM's forget bias of 1.
 */
export const lstmCoupled = defineCell({
  name: 'LSTM (coupled gates)',
  states: ['h', 'c'],
  gates: ['i', 'g', 'o'],
  biases: { i: -1 },
  step({ x, h, c: cOld }, { W, U, b }) {
    const i = sigmoid(affine([x, W.i], [h, U.i], b.i));
    const g = tanh(affine([x, W.g], [h, U.g], b.g));
    const o = sigmoid(affine([x, W.o], [h, U.o], b.o));
    const c = add(mul(sub(1, i), cOld), mul(i, g));
    return { i, g, o, c, h: mul(o, tanh(c)) };
  },
});
