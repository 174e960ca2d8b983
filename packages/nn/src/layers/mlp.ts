import { type DType, OptionError, refuseUnknownOptions } from '@unroll/backend';
import { relu, type Tensor } from '@unroll/tensor';
import type { Initializer } from '../init/initializer.ts';
import { Module } from '../module/module.ts';
import { Dropout } from './dropout.ts';
import { Linear } from './linear.ts';
import { needSizes, type Rows, rowwise } from './rowwise.ts';

export interface MLPOptions {
  /** Features of an input row. */
  inputSize: number;
  /** Units of each hidden layer, first to last; none for an affine map alone. */
  hiddenSizes: readonly number[];
  /** Features of an output row. */
  outputSize: number;
  /** What comes behind each hidden layer; default relu. */
  activation?: (x: Tensor) => Tensor;
  /** Share dropped behind each hidden layer while training; default 0. */
  dropout?: number;
  /** Whether b is added; default true. */
  bias?: boolean;
  /** How each W and b start; default: as in {@link Linear}. */
  init?: { W?: Initializer; b?: Initializer };
  /** Default float32. */
  dtype?: DType;
  /** Beginning of the names of its parts' random streams; default: `MLP` with a number. */
  name?: string;
}

const known: Record<keyof MLPOptions, true> = {
  inputSize: true,
  hiddenSizes: true,
  outputSize: true,
  activation: true,
  dropout: true,
  bias: true,
  init: true,
  dtype: true,
  name: true,
};

/**
 * A dense net (Rosenblatt 1961; Rumelhart et al. 1986): `h = f(x·W + b)` for each hidden layer, and an affine map on top.
 * Its weights are `layers.0.W`, `layers.0.b`, …
 *
 * Takes a tensor `[…, inputSize]` or a sequence, and gives the same kind.
 *
 * @throws OptionError for sizes that are none
 * @example
 * const net = new MLP({ inputSize: 4, hiddenSizes: [16, 8], outputSize: 3, activation: tanh });
 * const y = net.forward(zeros([5, 4])); // [5, 3]
 */
export class MLP extends Module {
  static readonly className: string = 'MLP';

  readonly layers: readonly Linear[];
  readonly dropout: Dropout;
  readonly activation: (x: Tensor) => Tensor;

  constructor(options: MLPOptions) {
    super(options.name);
    refuseUnknownOptions('MLP', options, known);
    const { inputSize, hiddenSizes, outputSize, activation = relu, dropout = 0 } = options;
    if (!Array.isArray(hiddenSizes)) {
      throw new OptionError('MLP', `hiddenSizes must be an array; got ${hiddenSizes}`);
    }
    const sizes = [inputSize, ...hiddenSizes, outputSize];
    needSizes('MLP', { inputSize, outputSize });
    for (const [i, n] of hiddenSizes.entries()) needSizes('MLP', { [`hiddenSizes[${i}]`]: n });
    const { bias, init, dtype } = options;
    this.layers = sizes.slice(1).map(
      (size, i) =>
        new Linear({
          inputSize: sizes[i],
          outputSize: size,
          bias,
          init,
          dtype,
          name: `${this.name}.layers.${i}`,
        }),
    );
    this.dropout = new Dropout({ p: dropout, name: `${this.name}.dropout` });
    this.activation = activation;
  }

  override forward<X extends Rows>(input: X): X {
    let x = input;
    for (const layer of this.layers.slice(0, -1)) {
      x = this.dropout.forward(rowwise(layer.forward(x), this.activation));
    }
    return this.layers[this.layers.length - 1].forward(x);
  }
}
