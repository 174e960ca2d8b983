import { add, mul, sigmoid, tanh } from '@unroll/tensor';
import { affine } from '../cell/affine.ts';
import { defineCell } from '../cell/define-cell.ts';

/**
 * Long short-term memory (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000):
 *
 *     i_t = σ(x_t·W_i + h_{t−1}·U_i + b_i)       what to write
 *     f_t = σ(x_t·W_f + h_{t−1}·U_f + b_f)       what to keep
 *     g_t = tanh(x_t·W_g + h_{t−1}·U_g + b_g)    the candidate, c̃ in the lectures
 *     o_t = σ(x_t·W_o + h_{t−1}·U_o + b_o)       what to show
 *     c_t = f_t ⊙ c_{t−1} + i_t ⊙ g_t
 *     h_t = o_t ⊙ tanh(c_t)
 *
 * 4·(m·n + n² + n) parameters. The forget bias starts at 1 (Jozefowicz et al. 2015), the others at 0.
 */
export const lstm = defineCell({
  name: 'LSTM',
  states: ['h', 'c'],
  gates: ['i', 'f', 'g', 'o'],
  biases: { f: 1 },
  step({ x, h, c: cOld }, { W, U, b }) {
    const i = sigmoid(affine([x, W.i], [h, U.i], b.i));
    const f = sigmoid(affine([x, W.f], [h, U.f], b.f));
    const g = tanh(affine([x, W.g], [h, U.g], b.g));
    const o = sigmoid(affine([x, W.o], [h, U.o], b.o));
    const c = add(mul(f, cOld), mul(i, g));
    return { i, f, g, o, c, h: mul(o, tanh(c)) };
  },
});
