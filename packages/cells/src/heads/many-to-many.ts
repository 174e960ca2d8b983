import { refuseUnknownOptions } from '@unroll/backend';
import { Linear, Module, type Rows } from '@unroll/nn';
import { type HeadOptions, headOptions } from './options.ts';

/**
 * Many to many in step, such as a tag for each word: every row of a recurrent layer's output becomes one answer,
 * `y_t = output_t·W + b`.
 *
 * Takes a `Sequence` or `[batch, time, inputSize]`, and gives the same kind with outputSize features.
 *
 * @example
 * const layer = new GRU({ inputSize: 8, hiddenSize: 16 });
 * const head = new ManyToMany({ inputSize: 16, outputSize: 5 });
 * const tags = head.forward(layer.forward(zeros([2, 7, 8])).output); // [2, 7, 5]
 */
export class ManyToMany extends Module {
  static readonly className: string = 'ManyToMany';

  readonly linear: Linear;

  constructor(options: HeadOptions) {
    super(options.name);
    refuseUnknownOptions('ManyToMany', options, headOptions);
    this.linear = new Linear({ ...options, name: this.name });
  }

  override forward<X extends Rows>(output: X): X {
    return this.linear.forward(output);
  }
}
