import { init } from '@unroll/nn';
import {
  add,
  matmul,
  mul,
  rowNorm,
  type Symbolic,
  sigmoid,
  split,
  sub,
  tanh,
} from '@unroll/tensor';
import { affine } from '../cell/affine.ts';
import { defineCell } from '../cell/define-cell.ts';

/**
 * GRU with layer normalisation (Ba, Kiros & Hinton 2016, supplementary material), the reset after the product. LN
 * normalises a row; the products of r and z are normalised together, those of n by themselves. **z takes the candidate**:
 *
 *     (r, z)_t = LN(x_t·W_rz) ⊙ gainW_rz + LN(h_{t−1}·U_rz) ⊙ gainU_rz + b_rz
 *     n_t = tanh(LN(x_t·W_n) ⊙ gainW_n + b_n + σ(r_t) ⊙ (LN(h_{t−1}·U_n) ⊙ gainU_n + bU))
 *     h_t = (1 − σ(z_t)) ⊙ h_{t−1} + σ(z_t) ⊙ n_t
 *
 * W, U, b and the gains hold r, z and n side by side. 3·(m·n + n²) + 10·n parameters. Gains start at 1.
 */
export const gruLayerNorm = defineCell({
  name: 'GRU (layer norm)',
  states: ['h'],
  weights: ({ inputSize: m, hiddenSize: n, bias }) => ({
    W: [m, 3 * n],
    U: [n, 3 * n],
    b: bias ? [3 * n] : undefined,
    bU: bias ? [n] : undefined,
    gainW: [3 * n],
    gainU: [3 * n],
  }),
  starts: { gainW: init.constant(1), gainU: init.constant(1) },
  step({ x, h: hOld }, { W, U, b, bU, gainW, gainU }) {
    const n = hOld.size as number;
    const cut = (weight: Symbolic) => split(weight, [2 * n, n], { axis: -1 });
    const [[Wrz, Wn], [Urz, Un], [gainWrz, gainWn], [gainUrz, gainUn]] = [W, U, gainW, gainU].map(
      cut,
    );
    const [brz, bn] = b ? cut(b) : [];
    const normed = (value: Symbolic, weight: Symbolic, gain: Symbolic) =>
      mul(rowNorm(matmul(value, weight)), gain);
    const gates = affine(normed(x, Wrz, gainWrz), normed(hOld, Urz, gainUrz), brz);
    const [r, z] = split(gates, 2, { axis: -1 }).map((gate) => sigmoid(gate));
    const inner = affine(normed(hOld, Un, gainUn), bU);
    const candidate = tanh(add(affine(normed(x, Wn, gainWn), bn), mul(r, inner)));
    return { r, z, n: candidate, h: add(mul(sub(1, z), hOld), mul(z, candidate)) };
  },
});
