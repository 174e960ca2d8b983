import { add, logSigmoid, mul, sigmoid, sub } from '@unroll/tensor';
import { affine } from '../cell/affine.ts';
import { defineCell } from '../cell/define-cell.ts';

/**
 * minLSTM (Feng et al. 2024, "Were RNNs all we needed?"): gates and candidate see the input only, so that all products
 * lie before the loop, and the two gates are scaled to sum to 1:
 *
 *     f_t = σ(x_t·W_f + b_f),  i_t = σ(x_t·W_i + b_i)
 *     g_t = x_t·W_g + b_g                                        h̃ in the paper
 *     h_t = f_t/(f_t + i_t) ⊙ h_{t−1} + i_t/(f_t + i_t) ⊙ g_t
 *
 * 3·(m·n + n) parameters. The forget bias starts at 1.
 */
export const minLstm = defineCell({
  name: 'minLSTM',
  states: ['h'],
  gates: ['i', 'f', 'g'],
  recurrent: false,
  biases: { f: 1 },
  step({ x, h: hOld }, { W, b }) {
    const g = affine([x, W.g], b.g);
    // f/(f + i) = 1/(1 + i/f) = σ(log f − log i), which stays a number where both gates are shut.
    const f = sigmoid(sub(logSigmoid(affine([x, W.f], b.f)), logSigmoid(affine([x, W.i], b.i))));
    const i = sub(1, f);
    return { i, f, g, h: add(mul(f, hOld), mul(i, g)) };
  },
});
