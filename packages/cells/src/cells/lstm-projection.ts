import { OptionError } from '@unroll/backend';
import { add, matmul, mul, sigmoid, tanh } from '@unroll/tensor';
import { affine } from '../cell/affine.ts';
import { type Cell, defineCell } from '../cell/define-cell.ts';
import { withRecipe } from '../cell/recipe.ts';

/**
 * LSTM with a recurrent projection (Sak, Senior & Beaufays 2014, without their peepholes; PyTorch's `proj_size`):
 *
 *     i_t, f_t, g_t, o_t, c_t as in an LSTM, U with p rows
 *     h_t = (o_t ⊙ tanh(c_t))·P
 *
 * h is `[batch, p]` and c `[batch, n]`. 4·(m·n + p·n + n) + n·p parameters. The forget bias starts at 1.
 *
 * @param projSize p, below hiddenSize; default: half of it, rounded up
 * @throws OptionError for a size that is no whole number above 0; when used, for one not below hiddenSize
 * @example
 * const cell = projectedLstm({ projSize: 3 });
 * const { output, state } = new Recurrent({ cell, inputSize: 2, hiddenSize: 8 }).forward(zeros([4, 5, 2]));
 * console.log(output.shape, state[0].c.shape); // [4, 5, 3] [4, 8]
 */
/* @__NO_SIDE_EFFECTS__ */
export function projectedLstm({ projSize }: { projSize?: number } = {}): Cell {
  if (projSize !== undefined && !(Number.isInteger(projSize) && projSize > 0)) {
    throw new OptionError(
      'projectedLstm',
      `projSize must be a whole number above 0; got ${projSize}`,
      { projSize },
    );
  }
  const cell = defineCell({
    name: 'LSTM (projection)',
    states: ['h', 'c'],
    stateSizes: ({ hiddenSize }) => ({ h: projected(hiddenSize, projSize) }),
    gates: ['i', 'f', 'g', 'o'],
    biases: { f: 1 },
    weights: ({ hiddenSize: n }) => ({ P: [n, projected(n, projSize)] }),
    step({ x, h, c: cOld }, { W, U, b, P }) {
      const i = sigmoid(affine([x, W.i], [h, U.i], b.i));
      const f = sigmoid(affine([x, W.f], [h, U.f], b.f));
      const g = tanh(affine([x, W.g], [h, U.g], b.g));
      const o = sigmoid(affine([x, W.o], [h, U.o], b.o));
      const c = add(mul(f, cOld), mul(i, g));
      return { i, f, g, o, c, h: matmul(mul(o, tanh(c)), P) };
    },
  });
  const options = projSize === undefined ? {} : { projSize };
  return withRecipe(cell, { make: 'projectedLstm', options });
}

/** {@link projectedLstm} with its default: h has half the size of c. */
export const lstmProjection = projectedLstm();

function projected(hiddenSize: number, projSize: number | undefined): number {
  if (projSize === undefined) return Math.ceil(hiddenSize / 2);
  if (projSize < hiddenSize) return projSize;
  throw new OptionError(
    'projectedLstm',
    `projSize must be below hiddenSize; got ${projSize} and ${hiddenSize}`,
    { projSize, hiddenSize },
  );
}
