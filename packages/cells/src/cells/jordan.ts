import { tanh } from '@unroll/tensor';
import { affine } from '../cell/affine.ts';
import { defineCell } from '../cell/define-cell.ts';

/**
 * Jordan's network (1986): not the hidden layer but the output comes back.
 *
 *     h_t = tanh(x_t·W + y_{t−1}·U + b)
 *     y_t = tanh(h_t·V + d)
 *
 * y is state and output, of `hiddenSize` as the hidden layer h. m·n + 2·n² + 2·n parameters.
 */
export const jordan = defineCell({
  name: 'RNN (Jordan)',
  states: ['y'],
  gates: ['h'],
  weights: ({ hiddenSize: n, bias }) => ({ V: [n, n], d: bias ? [n] : undefined }),
  step({ x, y: yOld }, { W, U, b, V, d }) {
    const h = tanh(affine([x, W.h], [yOld, U.h], b.h));
    return { h, y: tanh(affine([h, V], d)) };
  },
});
