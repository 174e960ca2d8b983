import { OptionError, refuseUnknownOptions } from '@unroll/backend';
import { Dropout, Linear, Module } from '@unroll/nn';
import { concat, type Sequence, split, type Tensor } from '@unroll/tensor';
import { needChoice } from '../choice.ts';
import { type HeadOptions, headOptions, sequenceOf } from './options.ts';

/** Which row speaks for a whole sequence. */
export type Pool = 'last' | 'mean' | 'max' | 'mean-max';

export interface ManyToOneOptions extends HeadOptions {
  /**
   * Which row speaks for the whole sequence: its last one (the default), the mean or the maximum over its steps, or the last
   * two side by side (as in Howard & Ruder 2018, who put the last row beside them).
   */
  pool?: Pool;
  /** Share of that row dropped while training; default 0. */
  dropout?: number;
  /**
   * Whether the second half of the features comes from the direction that reads from the end, which has seen the whole
   * sequence at its first step: `'last'` then takes that half from there. Default false.
   */
  bidirectional?: boolean;
}

/**
 * Many to one, such as the sentiment of a review: the outputs of a recurrent layer become one row for each sequence,
 * `y = pool(output)·W + b`; for `'mean-max'` W is `[2·inputSize, outputSize]`.
 *
 * Takes a `Sequence` or `[batch, time, inputSize]`, gives `[batch, outputSize]` in the user's order. Each sequence counts
 * with its own length.
 *
 * @throws OptionError for another pool, and for two directions of an odd number of features
 * @example
 * const layer = new LSTM({ inputSize: 8, hiddenSize: 16, bidirectional: true });
 * const head = new ManyToOne({ inputSize: 32, outputSize: 2, bidirectional: true });
 * const logits = head.forward(layer.forward(zeros([4, 10, 8])).output); // [4, 2]
 */
export class ManyToOne extends Module {
  static readonly className: string = 'ManyToOne';

  readonly pool: Pool;
  readonly bidirectional: boolean;
  readonly dropout: Dropout;
  readonly linear: Linear;

  constructor(options: ManyToOneOptions) {
    super(options.name);
    const known = { ...headOptions, pool: true, bidirectional: true, dropout: true };
    refuseUnknownOptions('ManyToOne', options, known);
    const { pool = 'last', bidirectional = false, dropout = 0, ...rest } = options;
    needChoice('ManyToOne', 'pool', pool, ['last', 'mean', 'max', 'mean-max']);
    if (bidirectional && options.inputSize % 2 !== 0) {
      throw new OptionError(
        'ManyToOne',
        `two directions have an even number of features; got inputSize ${options.inputSize}`,
        { inputSize: options.inputSize },
      );
    }
    this.pool = pool;
    this.bidirectional = bidirectional;
    this.dropout = new Dropout({ p: dropout, name: `${this.name}.dropout` });
    const inputSize = pool === 'mean-max' ? 2 * options.inputSize : options.inputSize;
    this.linear = new Linear({ ...rest, inputSize, name: this.name });
  }

  override forward(output: Sequence | Tensor): Tensor {
    return this.linear.forward(this.dropout.forward(this.#pooled(sequenceOf(output))));
  }

  #pooled(x: Sequence): Tensor {
    if (this.pool === 'mean') return x.mean();
    if (this.pool === 'max') return x.max();
    if (this.pool === 'mean-max') return concat([x.mean(), x.max()], { axis: 1 });
    if (!this.bidirectional) return x.last();
    const [ahead] = split(x.last(), 2, { axis: 1 });
    const [, back] = split(x.first(), 2, { axis: 1 });
    return concat([ahead, back], { axis: 1 });
  }
}
