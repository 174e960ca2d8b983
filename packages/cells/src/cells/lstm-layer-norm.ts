import { init } from '@unroll/nn';
import {
  add,
  concat,
  matmul,
  mul,
  ones,
  rowNorm,
  sigmoid,
  split,
  tanh,
  zeros,
} from '@unroll/tensor';
import { affine } from '../cell/affine.ts';
import { defineCell } from '../cell/define-cell.ts';

/**
 * LSTM with layer normalisation (Ba, Kiros & Hinton 2016, supplementary material). LN normalises a row; both products
 * and the memory are normalised, the products of all four gates together:
 *
 *     (i, f, g, o)_t = LN(x_t·W) ⊙ gainW + LN(h_{t−1}·U) ⊙ gainU + b
 *     c_t = σ(f_t) ⊙ c_{t−1} + σ(i_t) ⊙ tanh(g_t)
 *     h_t = σ(o_t) ⊙ tanh(LN(c_t) ⊙ gainC + biasC)
 *
 * The paper's biases of both products and its b are one. 4·(m·n + n²) + 14·n parameters. Gains start at 1, the forget
 * bias too.
 */
export const lstmLayerNorm = defineCell({
  name: 'LSTM (layer norm)',
  states: ['h', 'c'],
  weights: ({ inputSize: m, hiddenSize: n, bias }) => ({
    W: [m, 4 * n],
    U: [n, 4 * n],
    b: bias ? [4 * n] : undefined,
    gainW: [4 * n],
    gainU: [4 * n],
    gainC: [n],
    biasC: bias ? [n] : undefined,
  }),
  starts: {
    gainW: init.constant(1),
    gainU: init.constant(1),
    gainC: init.constant(1),
    b: ([columns], _, dtype) =>
      concat([
        zeros([columns / 4], { dtype }),
        ones([columns / 4], { dtype }),
        zeros([columns / 2], { dtype }),
      ]),
  },
  step({ x, h, c: cOld }, { W, U, b, gainW, gainU, gainC, biasC }) {
    const fromX = mul(rowNorm(matmul(x, W)), gainW);
    const fromH = mul(rowNorm(matmul(h, U)), gainU);
    const gates = split(affine(fromX, fromH, b), 4, { axis: -1 });
    const [i, f, o] = [gates[0], gates[1], gates[3]].map((gate) => sigmoid(gate));
    const g = tanh(gates[2]);
    const c = add(mul(f, cOld), mul(i, g));
    const normed = affine(mul(rowNorm(c), gainC), biasC);
    return { i, f, g, o, c, h: mul(o, tanh(normed)) };
  },
});
