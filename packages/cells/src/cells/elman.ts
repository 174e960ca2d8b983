import { relu, tanh } from '@unroll/tensor';
import { affine } from '../cell/affine.ts';
import { defineCell } from '../cell/define-cell.ts';

/**
 * The simple recurrent cell (Elman 1990), with tanh:
 *
 *     h_t = tanh(x_t·W + h_{t−1}·U + b)
 *
 * m·n + n² + n parameters.
 */
export const rnnTanh = defineCell({
  name: 'RNN',
  states: ['h'],
  gates: ['h'],
  step: ({ x, h }, { W, U, b }) => ({ h: tanh(affine([x, W.h], [h, U.h], b.h)) }),
});

/** The simple recurrent cell with max(0, ·) in place of tanh (Le, Jaitly & Hinton 2015, with U started at the identity). */
export const rnnRelu = defineCell({
  name: 'RNN (ReLU)',
  states: ['h'],
  gates: ['h'],
  step: ({ x, h }, { W, U, b }) => ({ h: relu(affine([x, W.h], [h, U.h], b.h)) }),
});
