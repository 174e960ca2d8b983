import { add, mul, sigmoid, tanh } from '@unroll/tensor';
import { affine } from '../cell/affine.ts';
import { defineCell } from '../cell/define-cell.ts';

/**
 * The memory cell of the lectures (Norouzi, "Memory cell in LSTM"): a neuron that is connected with itself, an input gate
 * and a forget gate, and nothing else recurrent. On the slide z, z_i and z_f come from outside; here they are maps of x_t:
 *
 *     z = x_t·W_z + b_z,  z_i = x_t·W_i + b_i,  z_f = x_t·W_f + b_f
 *     c' = g(z)·f(z_i) + c·f(z_f)                         g = tanh, f = σ
 *
 * 3·(m·n + n) parameters. The forget bias starts at 1.
 */
export const memoryCell = defineCell({
  name: 'Memory cell',
  states: ['c'],
  gates: ['i', 'f', 'z'],
  recurrent: false,
  biases: { f: 1 },
  step({ x, c }, { W, b }) {
    const z = tanh(affine([x, W.z], b.z));
    const i = sigmoid(affine([x, W.i], b.i));
    const f = sigmoid(affine([x, W.f], b.f));
    return { z, i, f, c: add(mul(z, i), mul(c, f)) };
  },
});
