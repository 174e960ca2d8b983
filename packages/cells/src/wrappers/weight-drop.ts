import { OptionError } from '@unroll/backend';
import type { Cell } from '../cell/define-cell.ts';
import { keeping, needRate, wrap } from './wrap.ts';

/**
 * Weight drop (Merity et al. 2018, after Wan et al. 2013): while training, a share p of the elements of recurrent weights
 * is 0, the same for all steps and sequences of a run; what stays is divided by 1 − p. In use nothing happens. The masks
 * come from the streams `<layer>.drop.<weight>`.
 *
 * @param weights names of the weights in the equations; default `U`, all that multiplies the state
 * @throws OptionError for a p outside of [0, 1], and at the first use for a weight that the cell does not have
 * @example
 * const cell = weightDrop(lstm, 0.5);
 * const layer = new Recurrent({ cell, inputSize: 8, hiddenSize: 16 });
 */
export function weightDrop(cell: Cell, p: number, weights: readonly string[] = ['U']): Cell {
  needRate('weightDrop', 'p', p);
  return wrap(cell, {
    name: 'weight drop',
    make: 'weightDrop',
    options: { p, weights: [...weights] },
    train(program) {
      const names = program.parameters.map(({ name }) => name);
      const missing = weights.filter((name) => !names.includes(name));
      if (missing.length > 0) {
        throw new OptionError(
          'weightDrop',
          `${cell.name} has no weight ${missing.join(', ')}; there are ${names.join(', ')}`,
          { missing },
        );
      }
      return {
        program,
        masks: weights.map((weight) => ({
          kind: 'weights',
          name: `drop.${weight}`,
          weight,
          ...keeping(p),
        })),
      };
    },
  });
}
