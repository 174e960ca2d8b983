import {
  type DType,
  OptionError,
  refuseUnknownOptions,
  ShapeError,
  sameShape,
} from '@unroll/backend';
import { add, matmul, Parameter, parameter, randomStream, Tensor } from '@unroll/tensor';
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
  /**
   * The W `[outputSize, inputSize]` of an {@link Embedding} of the same model, which this layer then uses as its own,
   * transposed (Press & Wolf 2017): one parameter, trained from both ends and saved once.
   */
  tied?: Parameter;
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
  tied: true,
  dtype: true,
  name: true,
};

/**
 * An affine map of every row: `y = x·W + b`, W `[inputSize, outputSize]`, b `[outputSize]`. Tied to an embedding it is
 * `y = x·Wᵀ + b` with the embedding's W, `[outputSize, inputSize]`.
 *
 * Takes a tensor `[…, inputSize]` or a sequence, and gives the same kind.
 *
 * @throws ShapeError for rows of another size, or a tied weight of another shape
 * @example
 * const head = new Linear({ inputSize: 8, outputSize: 3 });
 * const y = head.forward(zeros([2, 5, 8])); // [2, 5, 3]
 * const embedding = new Embedding({ numEmbeddings: 80, embeddingSize: 8 });
 * const scores = new Linear({ inputSize: 8, outputSize: 80, tied: embedding.W });
 */
export class Linear extends Module {
  static readonly className: string = 'Linear';

  readonly inputSize: number;
  readonly outputSize: number;
  readonly W: Parameter;
  readonly b: Parameter | undefined;
  /** Whether W is another layer's and stands transposed. */
  readonly isTied: boolean;

  constructor(options: LinearOptions) {
    super(options.name);
    refuseUnknownOptions('Linear', options, known);
    const { inputSize, outputSize, bias = true, init = {}, tied } = options;
    const dtype = options.dtype ?? tied?.dtype;
    needSizes('Linear', { inputSize, outputSize });
    this.inputSize = inputSize;
    this.outputSize = outputSize;
    const bound = 1 / Math.sqrt(inputSize);
    const start = uniform({ low: -bound, high: bound });
    const { W = start, b = start } = init;
    const stream = randomStream(this.name);
    this.isTied = tied !== undefined;
    if (tied) needTied(tied, options);
    this.W = tied ?? parameter(W([inputSize, outputSize], stream, dtype));
    this.b = bias ? parameter(b([outputSize], stream, dtype)) : undefined;
  }

  override forward<X extends Rows>(input: X): X {
    const { W, b, isTied } = this;
    return rowwise(input, (x) => {
      needFeatures('Linear', x, 'inputSize', this.inputSize);
      const y = matmul(x, W, { transposeB: isTied });
      return b ? add(y, b) : y;
    });
  }
}

function needTied(tied: Parameter, { inputSize, outputSize, init, dtype }: LinearOptions): void {
  const fits = tied instanceof Parameter && sameShape(tied.shape, [outputSize, inputSize]);
  if (!fits) {
    throw new ShapeError(
      'Linear',
      `tied must be a parameter [outputSize, inputSize] = [${outputSize}, ${inputSize}]; got ${tied instanceof Tensor ? `[${tied.shape.join(', ')}]` : typeof tied}. An embedding's W is [numEmbeddings, embeddingSize].`,
      { tied: tied?.shape, inputSize, outputSize },
    );
  }
  if (!init?.W && (dtype === undefined || dtype === tied.dtype)) return;
  throw new OptionError(
    'Linear',
    `a tied weight keeps its values and its dtype, ${tied.dtype}; leave out ${init?.W ? 'init.W' : 'dtype'}`,
    { dtype, tied: tied.dtype },
  );
}
