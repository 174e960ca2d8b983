import { refuseUnknownOptions, ShapeError } from '@unroll/backend';
import { Linear, Module, type Rows } from '@unroll/nn';
import type { Sequence, Tensor } from '@unroll/tensor';
import { needChoice } from '../choice.ts';
import { type HeadOptions, headOptions } from './options.ts';
import { chooseRows, needLengths } from './rows.ts';

export interface OneToManyOptions extends HeadOptions {
  /** Whether the one input is read at every step (the default), or at the first and then only zeros. */
  feed?: 'every' | 'first';
}

/**
 * One to many, such as a caption for an image: one row is read again and again, and each step gives one of its own,
 * `y_t = output_t·W + b`.
 *
 * `repeat` makes the input of the recurrent layer, `forward` takes its output, a `Sequence` or
 * `[batch, time, inputSize]`, and gives the same kind. inputSize is that of the layer's output rows.
 *
 * @throws OptionError for another feed
 * @example
 * const layer = new GRU({ inputSize: 8, hiddenSize: 16 });
 * const head = new OneToMany({ inputSize: 16, outputSize: 5 });
 * const steps = head.repeat(zeros([2, 8]), [3, 7]);          // lengths [3, 7], 8 features
 * const logits = head.forward(layer.forward(steps).output);  // lengths [3, 7], 5 features
 */
export class OneToMany extends Module {
  static readonly className: string = 'OneToMany';

  readonly feed: 'every' | 'first';
  readonly linear: Linear;

  constructor(options: OneToManyOptions) {
    super(options.name);
    refuseUnknownOptions('OneToMany', options, { ...headOptions, feed: true });
    const { feed = 'every', ...rest } = options;
    needChoice('OneToMany', 'feed', feed, ['every', 'first']);
    this.feed = feed;
    this.linear = new Linear({ ...rest, name: this.name });
  }

  /**
   * A sequence for each row of x `[batch, features]`, of the lengths that are wanted. Gradients flow back to x.
   *
   * @throws ShapeError for an x of other axes; DataError unless each row has a length, a whole number above 0
   */
  repeat(x: Tensor, lengths: ArrayLike<number>): Sequence {
    if (x.rank !== 2) {
      throw new ShapeError(
        'OneToMany.repeat',
        `needs one row for each sequence, [batch, features]; got [${x.shape.join(', ')}]`,
        { shape: x.shape },
      );
    }
    return chooseRows(x, {
      lengths: needLengths('OneToMany.repeat', lengths, x.shape[0], 1),
      at: (i, t) => (t === 0 || this.feed === 'every' ? i : undefined),
    });
  }

  override forward<X extends Rows>(output: X): X {
    return this.linear.forward(output);
  }
}
