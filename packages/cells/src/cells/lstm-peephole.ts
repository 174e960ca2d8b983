import { add, mul, sigmoid, tanh } from '@unroll/tensor';
import { affine } from '../cell/affine.ts';
import { defineCell } from '../cell/define-cell.ts';

/**
 * LSTM whose gates see the memory through peepholes (Gers & Schmidhuber 2000), as in Graves 2013, "Long Short-Term Memory":
 *
 *     i_t = σ(x_t·W_i + h_{t−1}·U_i + p_i ⊙ c_{t−1} + b_i)
 *     f_t = σ(x_t·W_f + h_{t−1}·U_f + p_f ⊙ c_{t−1} + b_f)
 *     g_t = tanh(x_t·W_g + h_{t−1}·U_g + b_g)
 *     c_t = f_t ⊙ c_{t−1} + i_t ⊙ g_t
 *     o_t = σ(x_t·W_o + h_{t−1}·U_o + p_o ⊙ c_t + b_o)      sees the new memory
 *     h_t = o_t ⊙ tanh(c_t)
 *
 * 4·(m·n + n² + n) + 3·n parameters. The forget bias starts at 1, peepholes at 0.
 */
export const lstmPeephole = defineCell({
  name: 'LSTM (peepholes)',
  states: ['h', 'c'],
  gates: ['i', 'f', 'g', 'o'],
  biases: { f: 1 },
  weights: ({ hiddenSize: n }) => ({ p_i: [n], p_f: [n], p_o: [n] }),
  step({ x, h, c: cOld }, { W, U, b, p_i, p_f, p_o }) {
    const i = sigmoid(add(affine([x, W.i], [h, U.i], b.i), mul(p_i, cOld)));
    const f = sigmoid(add(affine([x, W.f], [h, U.f], b.f), mul(p_f, cOld)));
    const g = tanh(affine([x, W.g], [h, U.g], b.g));
    const c = add(mul(f, cOld), mul(i, g));
    const o = sigmoid(add(affine([x, W.o], [h, U.o], b.o), mul(p_o, c)));
    return { i, f, g, o, c, h: mul(o, tanh(c)) };
  },
});
