import { type DType, OptionError, refuseUnknownOptions, ShapeError } from '@unroll/backend';
import {
  add,
  assign,
  asTensor,
  fuse,
  mean,
  mul,
  noGrad,
  normalize,
  ones,
  type Parameter,
  parameter,
  reshape,
  rsqrt,
  Sequence,
  sub,
  type Tensor,
  transpose,
  variance,
  zeros,
} from '@unroll/tensor';
import { type Buffer, buffer } from '../module/buffer.ts';
import { Module } from '../module/module.ts';
import { needFloats, needGrids } from '../windows/check.ts';
import { swapFirst } from '../windows/read.ts';
import { needEpsilon, needFeatures, needSizes, type Rows, rowwise } from './rowwise.ts';

export interface BatchNormOptions {
  /** Features of a row, or channels. */
  size: number;
  /** Added to the variance, so that equals become zeros; default 1e-5. */
  eps?: number;
  /** Share of the new batch in the running statistics, in PyTorch's sense: old · (1 − momentum) + new · momentum; default 0.1. */
  momentum?: number;
  /** Whether there are a gain g and a bias b; default true. */
  affine?: boolean;
  /** Whether statistics are kept for use; default true. Without, a batch is always measured by itself. */
  trackRunningStats?: boolean;
  /** Default float32. */
  dtype?: DType;
  /** Default: its class with a number. */
  name?: string;
}

const known: Record<keyof BatchNormOptions, true> = {
  size: true,
  eps: true,
  momentum: true,
  affine: true,
  trackRunningStats: true,
  dtype: true,
  name: true,
};

const scaled = /* @__PURE__ */ fuse((x, mu, v, eps) => mul(sub(x, mu), rsqrt(add(v, eps))), {
  name: 'BatchNorm',
});
const affine = /* @__PURE__ */ fuse((x, g, b) => add(mul(x, g), b), { name: 'BatchNorm' });
const moved = /* @__PURE__ */ fuse(
  (old, now, momentum) => add(mul(old, sub(1, momentum)), mul(now, momentum)),
  {
    name: 'BatchNorm',
  },
);

/** What both batch norms are made of: they see `[size, values of each feature]`. */
abstract class BatchNorm extends Module {
  readonly size: number;
  readonly eps: number;
  readonly momentum: number;
  readonly g: Parameter | undefined;
  readonly b: Parameter | undefined;
  /** `[size]`, starts at 0. */
  readonly runningMean: Buffer | undefined;
  /** `[size]`, of the unbiased variances; starts at 1. */
  readonly runningVar: Buffer | undefined;
  protected readonly operation: string;

  constructor(operation: string, options: BatchNormOptions) {
    super(options.name);
    refuseUnknownOptions(operation, options, known);
    const { size, eps = 1e-5, momentum = 0.1, dtype } = options;
    const { affine: hasAffine = true, trackRunningStats = true } = options;
    needSizes(operation, { size });
    needEpsilon(operation, eps);
    needShare(operation, momentum);
    this.operation = operation;
    this.size = size;
    this.eps = eps;
    this.momentum = momentum;
    this.g = hasAffine ? parameter(ones([size], { dtype })) : undefined;
    this.b = hasAffine ? parameter(zeros([size], { dtype })) : undefined;
    this.runningMean = trackRunningStats ? buffer(zeros([size], { dtype })) : undefined;
    this.runningVar = trackRunningStats ? buffer(ones([size], { dtype })) : undefined;
  }

  /** @param x `[size, values]` */
  protected normalized(x: Tensor): Tensor {
    const { size, g, b } = this;
    const y = this.#centred(x);
    return g && b ? affine(y, reshape(g, [size, 1]), reshape(b, [size, 1])) : y;
  }

  #centred(x: Tensor): Tensor {
    const { size, eps, runningMean, runningVar } = this;
    if (!this.training && runningMean && runningVar) {
      return scaled(x, reshape(runningMean, [size, 1]), reshape(runningVar, [size, 1]), eps);
    }
    needTwo(this.operation, x);
    if (this.training && runningMean && runningVar) this.#follow(x, runningMean, runningVar);
    return normalize(x, { eps });
  }

  #follow(x: Tensor, runningMean: Buffer, runningVar: Buffer): void {
    const { momentum } = this;
    noGrad(() => {
      assign(runningMean, moved(runningMean, mean(x, { axis: 1 }), momentum), this.operation);
      assign(runningVar, moved(runningVar, variance(x, { axis: 1 }), momentum), this.operation);
    });
  }

  protected override details(): string[] {
    return [`eps ${this.eps}`, `momentum ${this.momentum}`];
  }
}

/**
 * Every feature made mean 0 and variance 1 over the batch: `y = (x − μ)/√(σ² + ε) ⊙ g + b` (Ioffe & Szegedy 2015). While
 * training μ and σ² are those of the batch, σ² divided by its number, and running means of μ and of the unbiased σ² are
 * kept; in use (`eval()`) those take their place, so that a row does not depend on its neighbours.
 *
 * Takes a tensor `[batch, size]` or `[batch, size, length]`, or a sequence of rows `[size]`, whose batch is all rows that
 * there are: no padding is measured.
 *
 * @throws ShapeError for another shape, or while training for a single value per feature; OptionError for a momentum
 * outside of [0, 1]
 * @example
 * const norm = new BatchNorm1d({ size: 2 });
 * const y = norm.forward(tensor([[1, 10], [3, 30]])); // [[−1, −1], [1, 1]]
 */
export class BatchNorm1d extends BatchNorm {
  static readonly className: string = 'BatchNorm1d';

  constructor(options: BatchNormOptions) {
    super('BatchNorm1d', options);
  }

  override forward<X extends Rows>(input: X): X {
    return rowwise(input, (x) => {
      if (!(input instanceof Sequence) && asTensor('BatchNorm1d', x).rank === 3) {
        return this.#lines(x);
      }
      needRows(x, this.size);
      return transpose(this.normalized(transpose(x)));
    });
  }

  #lines(x: Tensor): Tensor {
    needGrids('BatchNorm1d', x, 1, this.size);
    return acrossGrids(x, (values) => this.normalized(values));
  }
}

/**
 * {@link BatchNorm1d} over the places of grids: every channel has one mean and one variance.
 *
 * Takes a tensor `[batch, size, height, width]`, or a sequence of such grids (frames).
 *
 * @throws ShapeError for another shape, or while training for a single value per channel; OptionError for a momentum
 * outside of [0, 1]
 * @example
 * const y = new BatchNorm2d({ size: 3 }).forward(zeros([2, 3, 8, 8])); // zeros
 */
export class BatchNorm2d extends BatchNorm {
  static readonly className: string = 'BatchNorm2d';

  constructor(options: BatchNormOptions) {
    super('BatchNorm2d', options);
  }

  override forward<X extends Rows>(input: X): X {
    return rowwise(input, (x) => {
      needGrids('BatchNorm2d', x, 2, this.size);
      return acrossGrids(x, (values) => this.normalized(values));
    });
  }
}

/** `fn` of all values of each channel, `[channels, values]`, for `[batch, channels, …]`. */
function acrossGrids(x: Tensor, fn: (values: Tensor) => Tensor): Tensor {
  const [batch, channels, ...grid] = x.shape;
  const swapped = swapFirst(x);
  const y = fn(reshape(swapped, [channels, swapped.size / channels]));
  return swapFirst(reshape(y, [channels, batch, ...grid]));
}

function needRows(x: Tensor, size: number): void {
  needFeatures('BatchNorm1d', x, 'size', size);
  needFloats('BatchNorm1d', x.dtype);
  if (x.rank === 2) return;
  throw new ShapeError(
    'BatchNorm1d',
    `needs [batch, ${size}], [batch, ${size}, length] or a sequence of rows [${size}]; got [${x.shape.join(', ')}]`,
    { size, shape: x.shape },
  );
}

/** The variance of a single value says nothing. */
function needTwo(operation: string, x: Tensor): void {
  if (x.shape[1] > 1) return;
  throw new ShapeError(
    operation,
    `needs more than one value per feature to measure a batch; got ${x.shape[1]}. Give a larger batch, or call eval() first.`,
    { values: x.shape[1] },
  );
}

function needShare(operation: string, momentum: number): void {
  if (momentum >= 0 && momentum <= 1) return;
  throw new OptionError(operation, `momentum must be in [0, 1]; got ${momentum}`, { momentum });
}
