import { init } from '@unroll/nn';
import { add, mul, relu } from '@unroll/tensor';
import { affine } from '../cell/affine.ts';
import { defineCell } from '../cell/define-cell.ts';

/**
 * Independently recurrent network (Li et al. 2018): each unit sees its own past only.
 *
 *     h_t = max(0, x_t·W + u ⊙ h_{t−1} + b)
 *
 * m·n + 2·n parameters. u starts uniform in [0, 1], so that no unit explodes.
 */
export const indrnn = defineCell({
  name: 'IndRNN',
  states: ['h'],
  gates: ['h'],
  recurrent: false,
  weights: ({ hiddenSize }) => ({ u: [hiddenSize] }),
  starts: { u: init.uniform({ low: 0, high: 1 }) },
  step: ({ x, h }, { W, b, u }) => ({ h: relu(add(affine([x, W.h], b.h), mul(u, h))) }),
});
