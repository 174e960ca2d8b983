import { add, matmul, mul, sigmoid, split, sub } from '@unroll/tensor';
import { affine } from '../cell/affine.ts';
import { defineCell } from '../cell/define-cell.ts';

/**
 * Simple recurrent unit (Lei et al. 2018, "Simple Recurrent Unit"): only vectors meet the state, so that all products lie before
 * the loop; a highway carries the input past the memory.
 *
 *     f_t = σ(x_t·W_f + v_f ⊙ c_{t−1} + b_f)
 *     c_t = f_t ⊙ c_{t−1} + (1 − f_t) ⊙ (x_t·W_c)
 *     r_t = σ(x_t·W_r + v_r ⊙ c_{t−1} + b_r)
 *     h_t = r_t ⊙ c_t + (1 − r_t) ⊙ x_t
 *
 * W holds W_c, W_f and W_r side by side and, where inputSize is not hiddenSize, a fourth block: then the highway carries
 * x_t·W_x. 3·m·n + 4·n parameters (4·m·n + 4·n). h is read by nobody but the next layer; c is what is remembered.
 */
export const sru = defineCell({
  name: 'SRU',
  states: ['h', 'c'],
  weights: ({ inputSize: m, hiddenSize: n, bias }) => ({
    W: [m, (m === n ? 3 : 4) * n],
    v_f: [n],
    v_r: [n],
    b_f: bias ? [n] : undefined,
    b_r: bias ? [n] : undefined,
  }),
  step({ x, c: cOld }, { W, v_f, v_r, b_f, b_r }) {
    const blocks = (W.size as number) / (cOld.size as number);
    const [fromX, toF, toR, carried = x] = split(matmul(x, W), blocks, { axis: -1 });
    const f = sigmoid(affine(toF, mul(v_f, cOld), b_f));
    const c = add(mul(f, cOld), mul(sub(1, f), fromX));
    const r = sigmoid(affine(toR, mul(v_r, cOld), b_r));
    return { f, r, c, h: add(mul(r, c), mul(sub(1, r), carried)) };
  },
});
