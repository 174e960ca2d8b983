import { DataError, OptionError, refuseUnknownOptions } from '@unroll/backend';
import { Linear, Module } from '@unroll/nn';
import type { Sequence, Tensor } from '@unroll/tensor';
import { type HeadOptions, headOptions, sequenceOf } from './options.ts';
import { chooseRows, needLengths } from './rows.ts';

export interface DelayedManyToManyOptions extends HeadOptions {
  /** Steps that the model reads ahead of each answer, or `'whole'` (the default): it reads all before the first answer. */
  delay?: number | 'whole';
}

/**
 * Many to many delayed, such as a translation, which begins when the sentence has been read: the answers come `delay` steps
 * late, the last of them in empty steps after the end.
 *
 * `lengthen` adds those steps, rows of zeros, to the input of the recurrent layer; `forward` takes the layer's output for
 * that input and gives the answers alone, `y = output·W + b`: as many as there were inputs, or with `'whole'` as many as
 * `answers` says for each sequence, which then both need.
 *
 * @throws OptionError for a delay that is no whole number above 0
 * @example
 * const layer = new GRU({ inputSize: 8, hiddenSize: 16 });
 * const head = new DelayedManyToMany({ inputSize: 16, outputSize: 5 });
 * const read = head.lengthen(zeros([2, 7, 8]), [3, 4]);              // lengths [10, 11]
 * const answers = head.forward(layer.forward(read).output, [3, 4]);  // lengths [3, 4], 5 features
 */
export class DelayedManyToMany extends Module {
  static readonly className: string = 'DelayedManyToMany';

  readonly delay: number | 'whole';
  readonly linear: Linear;

  constructor(options: DelayedManyToManyOptions) {
    super(options.name);
    refuseUnknownOptions('DelayedManyToMany', options, { ...headOptions, delay: true });
    const { delay = 'whole', ...rest } = options;
    if (delay !== 'whole' && !(Number.isInteger(delay) && delay > 0)) {
      throw new OptionError(
        'DelayedManyToMany',
        `delay must be 'whole' or a whole number above 0; got ${delay}. ManyToMany has none.`,
        { delay },
      );
    }
    this.delay = delay;
    this.linear = new Linear({ ...rest, name: this.name });
  }

  /**
   * x, a sequence or `[batch, time, features]`, with the empty steps after the end of each.
   *
   * @param answers with `'whole'`: how many each sequence is to have
   */
  lengthen(x: Sequence | Tensor, answers?: ArrayLike<number>): Sequence {
    const sequence = sequenceOf(x);
    const more = this.#emptySteps(sequence, answers);
    return chooseRows(sequence.rows, {
      lengths: sequence.lengths.map((n, i) => n + more[i]),
      at: (i, t) => (t < sequence.lengths[i] ? sequence.rowOf(i, t) : undefined),
    });
  }

  /** @param output of the recurrent layer, for what `lengthen` gave */
  override forward(output: Sequence, answers?: ArrayLike<number>): Sequence {
    const { lengths } = output;
    const more = this.#emptySteps(output, answers);
    const kept = lengths.map((n, i) => (this.delay === 'whole' ? more[i] : n - more[i]));
    const short = lengths.findIndex((n, i) => n <= more[i]);
    if (short >= 0) {
      throw new DataError(
        'DelayedManyToMany',
        `sequence ${short} has ${lengths[short]} steps, of which ${more[short]} are empty. Give the layer what lengthen() makes.`,
        { sequence: short, length: lengths[short] },
      );
    }
    const last = chooseRows(output.rows, {
      lengths: kept,
      at: (i, t) => output.rowOf(i, lengths[i] - kept[i] + t),
    });
    return this.linear.forward(last);
  }

  #emptySteps({ batch }: Sequence, answers: ArrayLike<number> | undefined): readonly number[] {
    if (this.delay === 'whole') {
      return needLengths('DelayedManyToMany', answers ?? [], batch, 1);
    }
    return new Array<number>(batch).fill(this.delay);
  }
}
