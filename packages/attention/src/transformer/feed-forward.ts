import { type DType, OptionError, refuseUnknownOptions } from '@unroll/backend';
import { Dropout, init, Linear, Module } from '@unroll/nn';
import { gelu, mul, relu, type Sequence, silu, type Tensor } from '@unroll/tensor';

/** What stands between the two maps; `swiglu` takes a third one. */
export type FeedForwardActivation = 'relu' | 'gelu' | 'swiglu';

export interface FeedForwardOptions {
  /** Features of a row, in and out. */
  size: number;
  /** Features in between; default 4·size. */
  hiddenSize?: number;
  /** Default relu. */
  activation?: FeedForwardActivation;
  /** Share dropped in between while training; default 0. */
  dropout?: number;
  /** Whether b is added; default true. */
  bias?: boolean;
  /** Default float32. */
  dtype?: DType;
  /** Beginning of the names of its parts' random streams; default: `FeedForward` with a number. */
  name?: string;
}

const known: Record<keyof FeedForwardOptions, true> = {
  size: true,
  hiddenSize: true,
  activation: true,
  dropout: true,
  bias: true,
  dtype: true,
  name: true,
};

const activations: Readonly<Record<FeedForwardActivation, (x: Tensor) => Tensor>> = {
  relu: (x) => relu(x),
  gelu: (x) => gelu(x),
  swiglu: (x) => silu(x),
};

/**
 * What a Transformer does to every row (Vaswani et al. 2017, eq. 2): `y = f(x·W_in + b_in)·W_out + b_out`; with `swiglu`
 * (Shazeer 2020, eq. 6) `y = (silu(x·W_in) ⊙ x·W_gate)·W_out`. Weights are called `in.W`, `gate.W`, `out.W`, ….
 *
 * @throws OptionError for an activation that does not exist; ShapeError for rows of another size
 * @example
 * const y = new FeedForward({ size: 16, activation: 'gelu' }).forward(Sequence.fromBatch(zeros([2, 5, 16])));
 */
export class FeedForward extends Module {
  static readonly className: string = 'FeedForward';

  readonly activation: FeedForwardActivation;
  readonly in: Linear;
  readonly gate: Linear | undefined;
  readonly out: Linear;
  readonly dropout: Dropout;

  constructor(options: FeedForwardOptions) {
    super(options.name);
    refuseUnknownOptions('FeedForward', options, known);
    const { size, hiddenSize = 4 * size, activation = 'relu', bias, dtype } = options;
    if (!Object.hasOwn(activations, activation)) {
      throw new OptionError(
        'FeedForward',
        `activation must be one of ${Object.keys(activations).join(', ')}; got ${activation}`,
        { activation },
      );
    }
    this.activation = activation;
    const linear = (part: string, inputSize: number, outputSize: number) =>
      new Linear({
        ...{ inputSize, outputSize, bias, dtype, name: `${this.name}.${part}` },
        init: { W: init.xavierUniform(), b: init.zeros() },
      });
    this.in = linear('in', size, hiddenSize);
    this.gate = activation === 'swiglu' ? linear('gate', size, hiddenSize) : undefined;
    this.out = linear('out', hiddenSize, size);
    this.dropout = new Dropout({ p: options.dropout ?? 0, name: `${this.name}.dropout` });
  }

  override forward(x: Sequence): Sequence {
    const inner = this.in.forward(x).map(activations[this.activation]);
    const gated = this.gate ? inner.withRows(mul(inner.rows, this.gate.forward(x).rows)) : inner;
    return this.out.forward(this.dropout.forward(gated));
  }

  protected override details(): string[] {
    return [this.activation];
  }
}
