import { OptionError, refuseUnknownOptions } from '@unroll/backend';
import type { Cell } from '../cell/define-cell.ts';
import { rnnRelu, rnnTanh } from '../cells/elman.ts';
import { gru, gruBefore } from '../cells/gru.ts';
import { lstm } from '../cells/lstm.ts';
import { projectedLstm } from '../cells/lstm-projection.ts';
import { layerOptions, type RecurrentLayerOptions } from './options.ts';
import { Recurrent } from './recurrent.ts';

const elman = { tanh: rnnTanh, relu: rnnRelu } as const;
const gated = { after: gru, before: gruBefore } as const;

/**
 * The simple recurrent network: `h_t = tanh(x_t·W + h_{t−1}·U + b)`, or with `nonlinearity: 'relu'`. Options, input and
 * output are those of {@link Recurrent}.
 *
 * @throws OptionError for another nonlinearity
 * @example
 * const { output } = new RNN({ inputSize: 3, hiddenSize: 5 }).forward(zeros([2, 7, 3])); // [2, 7, 5]
 */
export class RNN extends Recurrent {
  static override readonly className: string = 'RNN';

  constructor(options: RecurrentLayerOptions & { nonlinearity?: 'tanh' | 'relu' }) {
    refuseUnknownOptions('RNN', options, { ...layerOptions, nonlinearity: true });
    const { nonlinearity = 'tanh', ...rest } = options;
    super({ ...rest, cell: choose('RNN', 'nonlinearity', nonlinearity, elman) });
  }
}

/**
 * Long short-term memory; equations at {@link lstm}. Gate order i f g o, one bias per gate; the forget bias starts at 1.
 * With `projSize` above 0, PyTorch's `proj_size`, h is projected to so many features ({@link projectedLstm}); default 0.
 * Options, input and output are those of {@link Recurrent}; its state has `h` and `c`.
 *
 * @throws OptionError for a projSize that is no whole number from 0 to hiddenSize − 1
 * @example
 * const lstm = new LSTM({ inputSize: 3, hiddenSize: 5, numLayers: 2, dropout: 0.2 });
 * const { output, state } = lstm.forward(zeros([2, 7, 3]));
 * console.log(output.shape, state[1].c.shape); // [2, 7, 5] [2, 5]
 */
export class LSTM extends Recurrent {
  static override readonly className: string = 'LSTM';

  constructor(options: RecurrentLayerOptions & { projSize?: number }) {
    refuseUnknownOptions('LSTM', options, { ...layerOptions, projSize: true });
    const { projSize = 0, ...rest } = options;
    super({ ...rest, cell: projSize === 0 ? lstm : projectedLstm({ projSize }) });
  }
}

/**
 * Gated recurrent unit. By default the reset comes after the product and z keeps the old state, as in cuDNN and PyTorch;
 * with `reset: 'before'` it comes before it and z takes the candidate, as in the lectures. Equations at {@link gru} and
 * {@link gruBefore}. Options, input and output are those of {@link Recurrent}.
 *
 * @throws OptionError for another reset
 * @example
 * const { output } = new GRU({ inputSize: 3, hiddenSize: 5, bidirectional: true }).forward(zeros([2, 7, 3])); // [2, 7, 10]
 */
export class GRU extends Recurrent {
  static override readonly className: string = 'GRU';

  constructor(options: RecurrentLayerOptions & { reset?: 'after' | 'before' }) {
    refuseUnknownOptions('GRU', options, { ...layerOptions, reset: true });
    const { reset = 'after', ...rest } = options;
    super({ ...rest, cell: choose('GRU', 'reset', reset, gated) });
  }
}

/** The cell of an option's value. */
function choose(
  layer: string,
  option: string,
  value: string,
  cells: Readonly<Record<string, Cell>>,
): Cell {
  if (Object.hasOwn(cells, value)) return cells[value];
  const names = Object.keys(cells).map((name) => `'${name}'`);
  throw new OptionError(layer, `${option} must be ${names.join(' or ')}; got ${value}`, {
    [option]: value,
  });
}
