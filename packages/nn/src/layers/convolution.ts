import { type DType, OptionError, refuseUnknownOptions } from '@unroll/backend';
import { type Parameter, parameter, randomStream, Sequence, type Tensor } from '@unroll/tensor';
import type { Initializer } from '../init/initializer.ts';
import { uniform } from '../init/random.ts';
import { Module } from '../module/module.ts';
import { type Axis, axesOf, type Padding, type PerAxis } from '../windows/axis.ts';
import { needFloats, needGrids } from '../windows/check.ts';
import { convolve } from '../windows/convolve.ts';
import { GridPlans, sequencePlan } from '../windows/plan.ts';
import { gridsOfRows, rowsOfGrids } from '../windows/read.ts';
import { needFeatures, needSizes, type Rows, rowwise } from './rowwise.ts';

interface ConvOptions<N extends 1 | 2> {
  /** Channels of the input. */
  inChannels: number;
  /** Channels of the output. */
  outChannels: number;
  /** Places that a window reads along each axis. */
  kernelSize: PerAxis<N>;
  /** Places from one window to the next; default 1. */
  stride?: PerAxis<N>;
  /**
   * Zeros around the data, so many on each side; default 0, which `'valid'` says too. `'same'` keeps the length; where
   * the zeros are odd in number, there is one more at the end.
   */
  padding?: Padding<N>;
  /** Places from one tap of a window to the next; default 1. */
  dilation?: PerAxis<N>;
  /** Parts that the channels are cut into, each of which sees only itself; default 1. */
  groups?: number;
  /** Whether b is added; default true. */
  bias?: boolean;
  /** How W and b start; default: both uniform in ±1/√(inputs of one output), as in PyTorch. */
  init?: { W?: Initializer; b?: Initializer };
  /** Default float32. */
  dtype?: DType;
  /** Of its random stream; default: its class with a number. */
  name?: string;
}

export interface Conv1dOptions extends ConvOptions<1> {}
export interface Conv2dOptions extends ConvOptions<2> {}

const known: Record<keyof ConvOptions<2>, true> = {
  inChannels: true,
  outChannels: true,
  kernelSize: true,
  stride: true,
  padding: true,
  dilation: true,
  groups: true,
  bias: true,
  init: true,
  dtype: true,
  name: true,
};

/** What both convolutions are made of. */
abstract class Convolution extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly groups: number;
  readonly W: Parameter;
  readonly b: Parameter | undefined;
  /** How its windows lie along each axis. */
  readonly axes: readonly Axis[];
  protected readonly operation: string;

  constructor(operation: string, count: 1 | 2, options: ConvOptions<1> | ConvOptions<2>) {
    super(options.name);
    refuseUnknownOptions(operation, options, known);
    const { inChannels, outChannels, groups = 1, bias = true, init = {}, dtype } = options;
    needSizes(operation, { inChannels, outChannels, groups });
    needGroups(operation, { inChannels, outChannels, groups });
    const { kernelSize, stride = 1, padding = 0, dilation = 1 } = options;
    this.operation = operation;
    this.axes = axesOf(operation, count, { kernelSize, stride, padding, dilation });
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.groups = groups;
    const sizes = this.axes.map(({ size }) => size);
    const shape = [...sizes, inChannels / groups, outChannels];
    const bound = 1 / Math.sqrt(shape.slice(0, -1).reduce((a, n) => a * n));
    const start = uniform({ low: -bound, high: bound });
    const { W = start, b = start } = init;
    const stream = randomStream(this.name);
    this.W = parameter(W(shape, stream, dtype));
    this.b = bias ? parameter(b([outChannels], stream, dtype)) : undefined;
  }

  protected override details(): string[] {
    return this.groups === 1 ? [] : [`groups ${this.groups}`];
  }
}

/**
 * Windows along a line, each an affine map of what it reads: `y[i] = Σ_k x[i·stride − padding + k·dilation] · W[k] + b`
 * (a cross-correlation, as everywhere in the field), W `[kernelSize, inChannels / groups, outChannels]`, b
 * `[outChannels]`.
 *
 * Takes a tensor `[batch, inChannels, length]` and gives `[batch, outChannels, windows]`; or a sequence of rows
 * `[inChannels]` and gives one of rows `[outChannels]`: each sequence is read by itself, nothing beyond its ends, and
 * with `padding: 'same'` it keeps its length. Time-delay networks are such (Waibel et al. 1989).
 *
 * @throws OptionError for sizes that are none, or groups that do not divide the channels; ShapeError for another shape or
 * a length that no window fits into, DataError for such a sequence
 * @example
 * const conv = new Conv1d({ inChannels: 4, outChannels: 8, kernelSize: 3, padding: 'same' });
 * const y = conv.forward(zeros([2, 4, 10])); // [2, 8, 10]
 */
export class Conv1d extends Convolution {
  static readonly className: string = 'Conv1d';

  readonly #plans: GridPlans;

  constructor(options: Conv1dOptions) {
    super('Conv1d', 1, options);
    this.#plans = new GridPlans('Conv1d', [line, this.axes[0]]);
  }

  override forward<X extends Rows>(input: X): X {
    return (input instanceof Sequence ? this.#steps(input) : this.#lines(input as Tensor)) as X;
  }

  #steps(x: Sequence): Sequence {
    needFloats('Conv1d', x.rows.dtype);
    needFeatures('Conv1d', x.rows, 'inChannels', this.inChannels);
    const plan = sequencePlan('Conv1d', x, this.axes[0]);
    return plan.template.withRows(convolve(x.rows, plan, this));
  }

  #lines(x: Tensor): Tensor {
    needGrids('Conv1d', x, 1, this.inChannels);
    const [batch, , length] = x.shape;
    const plan = this.#plans.of(batch, 1, length);
    return gridsOfRows(convolve(rowsOfGrids(x), plan, this), [batch, plan.shape[2]]);
  }
}

/**
 * Windows over a grid, each an affine map of what it reads (LeCun et al. 1989): as {@link Conv1d} along both axes, W
 * `[height, width, inChannels / groups, outChannels]`, b `[outChannels]`.
 *
 * Takes a tensor `[batch, inChannels, height, width]`, or a sequence of such grids (frames), each read by itself.
 *
 * @throws OptionError for sizes that are none, or groups that do not divide the channels; ShapeError for another shape or
 * a grid that no window fits into
 * @example
 * const conv = new Conv2d({ inChannels: 3, outChannels: 8, kernelSize: [3, 5], stride: 2, padding: 1 });
 * const y = conv.forward(zeros([2, 3, 8, 8])); // [2, 8, 4, 3]
 */
export class Conv2d extends Convolution {
  static readonly className: string = 'Conv2d';

  readonly #plans: GridPlans;

  constructor(options: Conv2dOptions) {
    super('Conv2d', 2, options);
    this.#plans = new GridPlans('Conv2d', [this.axes[0], this.axes[1]]);
  }

  override forward<X extends Rows>(input: X): X {
    return rowwise(input, (x) => {
      needGrids('Conv2d', x, 2, this.inChannels);
      const [batch, , height, width] = x.shape;
      const plan = this.#plans.of(batch, height, width);
      return gridsOfRows(convolve(rowsOfGrids(x), plan, this), plan.shape);
    });
  }
}

/** The axis across a line. */
const line: Axis = { size: 1, stride: 1, dilation: 1, before: 0, after: 0 };

function needGroups(
  operation: string,
  sizes: Record<'inChannels' | 'outChannels' | 'groups', number>,
) {
  const { inChannels, outChannels, groups } = sizes;
  if (inChannels % groups === 0 && outChannels % groups === 0) return;
  throw new OptionError(
    operation,
    `groups must divide the channels; got ${groups} groups for ${inChannels} in and ${outChannels} out`,
    sizes,
  );
}
