import { isFloating, OptionError, refuseUnknownOptions } from '@unroll/backend';
import { mul, randomStream, type Tensor } from '@unroll/tensor';
import { Module } from '../module/module.ts';
import { type Rows, rowwise } from './rowwise.ts';

export interface DropoutOptions {
  /** Share of elements that become 0, from 0 to 1; default 0.5. */
  p?: number;
  /** Of its random stream; default: `Dropout` with a number. */
  name?: string;
}

const known: Record<keyof DropoutOptions, true> = { p: true, name: true };

/**
 * While training every element is 0 with probability p, else divided by 1 − p, so that its expectation stays (Srivastava
 * et al. 2014); in use (`eval()`) nothing happens. Its draws come from its own stream.
 *
 * Takes a tensor or a sequence, and gives the same kind.
 *
 * @throws OptionError for a p outside of [0, 1]
 * @example
 * const y = new Dropout({ p: 0.2 }).forward(ones([2, 3])); // a fifth 0, the others 1.25
 */
export class Dropout extends Module {
  static readonly className: string = 'Dropout';

  readonly p: number;

  constructor(options: DropoutOptions = {}) {
    super(options.name);
    refuseUnknownOptions('Dropout', options, known);
    const { p = 0.5 } = options;
    if (!(p >= 0 && p <= 1)) {
      throw new OptionError('Dropout', `p must be in [0, 1]; got ${p}`, { p });
    }
    this.p = p;
  }

  override forward<X extends Rows>(input: X): X {
    if (!this.training || this.p === 0) return input;
    return rowwise(input, (x) => mul(x, this.#mask(x)));
  }

  #mask({ shape, dtype }: Tensor): Tensor {
    const keep = 1 - this.p;
    return randomStream(this.name).bernoulli(shape, keep, {
      dtype: isFloating(dtype) ? dtype : 'float32',
      value: keep === 0 ? 1 : 1 / keep,
    });
  }

  protected override details(): string[] {
    return [`p ${this.p}`];
  }
}
