import { add, mul, sigmoid, tanh } from '@unroll/tensor';
import { affine } from '../cell/affine.ts';
import { defineCell } from '../cell/define-cell.ts';

/**
 * The LSTM of the lectures' gate table (CS-618, "Types of gates", after Amidi & Amidi's cheat sheet of Stanford's CS 230):
 * every gate is Γ = σ(Wx + Ua + b), and a relevance gate decides what of the past the candidate sees.
 *
 *     Γ_u, Γ_f, Γ_r, Γ_o = σ(x_t·W + a_{t−1}·U + b)        update, forget, relevance, output
 *     c̃_t = tanh(x_t·W_c + (Γ_r ⊙ a_{t−1})·U_c + b_c)
 *     c_t = Γ_u ⊙ c̃_t + Γ_f ⊙ c_{t−1}
 *     a_t = Γ_o ⊙ c_t
 *
 * 5·(m·n + n² + n) parameters. The forget bias starts at 1.
 */
export const relevanceLstm = defineCell({
  name: 'LSTM (relevance gate)',
  states: ['a', 'c'],
  gates: ['u', 'f', 'c', 'o', 'r'],
  biases: { f: 1 },
  step({ x, a: aOld, c: cOld }, { W, U, b }) {
    const u = sigmoid(affine([x, W.u], [aOld, U.u], b.u));
    const f = sigmoid(affine([x, W.f], [aOld, U.f], b.f));
    const r = sigmoid(affine([x, W.r], [aOld, U.r], b.r));
    const o = sigmoid(affine([x, W.o], [aOld, U.o], b.o));
    const candidate = tanh(affine([x, W.c], [mul(r, aOld), U.c], b.c));
    const c = add(mul(u, candidate), mul(f, cOld));
    return { Γ_u: u, Γ_f: f, Γ_r: r, Γ_o: o, c̃: candidate, c, a: mul(o, c) };
  },
});
