import { type DType, refuseUnknownOptions } from '@unroll/backend';
import { add, matmul, type Parameter, parameter, randomStream } from '@unroll/tensor';
import type { Initializer } from '../init/initializer.ts';
import { uniform } from '../init/random.ts';
import { Module } from '../module/module.ts';
import { needFeatures, needSizes, type Rows, rowwise } from './rowwise.ts';

export interface LinearOptions {
  /** Features of an input row. */
  inputSize: number;
  /** Features of an output row. */
  outputSize: number;
  /** Whether b is added; default true. */
  bias?: boolean;
  /** How W and b start; default: both uniform in ±1/√inputSize, as in PyTorch. */
  init?: { W?: Initializer; b?: Initializer };
  /** Default float32. */
  dtype?: DType;
  /** Of its random stream; default: `Linear` with a number. */
  name?: string;
}

const known: Record<keyof LinearOptions, true> = {
  inputSize: true,
  outputSize: true,
  bias: true,
  init: true,
  dtype: true,
  name: true,
};

/**
 * An affine map of every row: `y = x·W + b`, W `[inputSize, outputSize]`, b `[outputSize]`.
 *
 * Takes a tensor `[…, inputSize]` or a sequence, and gives the same kind.
 *
 * @throws ShapeError for rows of another size
 * @example
 * const head = new Linear({ inputSize: 8, outputSize: 3 });
 * const y = head.forward(zeros([2, 5, 8])); // [2, 5, 3]
 */
export class Linear extends Module {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly W: Parameter;
  readonly b: Parameter | undefined;

  constructor(options: LinearOptions) {
    super(options.name);
    refuseUnknownOptions('Linear', options, known);
    const { inputSize, outputSize, bias = true, init = {}, dtype } = options;
    needSizes('Linear', { inputSize, outputSize });
    this.inputSize = inputSize;
    this.outputSize = outputSize;
    const bound = 1 / Math.sqrt(inputSize);
    const start = uniform({ low: -bound, high: bound });
    const { W = start, b = start } = init;
    const stream = randomStream(this.name);
    this.W = parameter(W([inputSize, outputSize], stream, dtype));
    this.b = bias ? parameter(b([outputSize], stream, dtype)) : undefined;
  }

  override forward<X extends Rows>(input: X): X {
    const { W, b } = this;
    return rowwise(input, (x) => {
      needFeatures('Linear', x, 'inputSize', this.inputSize);
      return b ? add(matmul(x, W), b) : matmul(x, W);
    });
  }
}
