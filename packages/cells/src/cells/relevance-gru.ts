import { add, mul, sigmoid, sub, tanh } from '@unroll/tensor';
import { affine } from '../cell/affine.ts';
import { defineCell } from '../cell/define-cell.ts';

/**
 * The GRU of the lectures' gate table (CS-618, "Types of gates", after Amidi & Amidi's cheat sheet of Stanford's CS 230):
 * every gate is Γ = σ(Wx + Ua + b). It is {@link gruBefore} in other letters, the relevance gate being its reset. **Γ_u
 * takes the candidate**:
 *
 *     Γ_u = σ(x_t·W_u + a_{t−1}·U_u + b_u)                 how much past should matter now?
 *     Γ_r = σ(x_t·W_r + a_{t−1}·U_r + b_r)                 drop previous information?
 *     c̃_t = tanh(x_t·W_c + (Γ_r ⊙ a_{t−1})·U_c + b_c)
 *     a_t = Γ_u ⊙ c̃_t + (1 − Γ_u) ⊙ a_{t−1}
 *
 * 3·(m·n + n² + n) parameters.
 */
export const relevanceGru = defineCell({
  name: 'GRU (relevance gate)',
  states: ['a'],
  gates: ['r', 'u', 'c'],
  step({ x, a: aOld }, { W, U, b }) {
    const u = sigmoid(affine([x, W.u], [aOld, U.u], b.u));
    const r = sigmoid(affine([x, W.r], [aOld, U.r], b.r));
    const candidate = tanh(affine([x, W.c], [mul(r, aOld), U.c], b.c));
    return { Γ_u: u, Γ_r: r, c̃: candidate, a: add(mul(u, candidate), mul(sub(1, u), aOld)) };
  },
});
