import { OptionError, refuseUnknownOptions } from '@unroll/backend';
import { reshape, Sequence, type Tensor } from '@unroll/tensor';
import { Module } from '../module/module.ts';
import { type Axis, axesOf, type PerAxis } from '../windows/axis.ts';
import { needFloats, needGrids } from '../windows/check.ts';
import { GridPlans, type Plan, sequencePlan } from '../windows/plan.ts';
import { average, largest } from '../windows/pool.ts';
import { gridsOfRows, rowsOfGrids } from '../windows/read.ts';
import { type Rows, rowwise } from './rowwise.ts';

interface PoolOptions<N extends 1 | 2> {
  /** Places that a window reads along each axis. */
  kernelSize: PerAxis<N>;
  /** Places from one window to the next; default: kernelSize, so that windows do not overlap. */
  stride?: PerAxis<N>;
  /** Places on each side that a window may reach beyond the data, half a window at most; default 0. */
  padding?: PerAxis<N>;
  /** Default: its class with a number. */
  name?: string;
}

interface MaxOptions<N extends 1 | 2> extends PoolOptions<N> {
  /** Places from one tap of a window to the next; default 1. */
  dilation?: PerAxis<N>;
}

interface AvgOptions<N extends 1 | 2> extends PoolOptions<N> {
  /** Whether places beyond the data count, as zeros; default true, as in PyTorch. */
  countIncludePad?: boolean;
}

export interface MaxPool1dOptions extends MaxOptions<1> {}
export interface MaxPool2dOptions extends MaxOptions<2> {}
export interface AvgPool1dOptions extends AvgOptions<1> {}
export interface AvgPool2dOptions extends AvgOptions<2> {}

const ofPool: Record<keyof PoolOptions<2>, true> = {
  kernelSize: true,
  stride: true,
  padding: true,
  name: true,
};
const ofMax: Record<keyof MaxOptions<2>, true> = { ...ofPool, dilation: true };
const ofAvg: Record<keyof AvgOptions<2>, true> = { ...ofPool, countIncludePad: true };

/** What the four poolings are made of. */
abstract class Pool extends Module {
  /** How its windows lie along each axis. */
  readonly axes: readonly Axis[];
  readonly #operation: string;
  readonly #plans: GridPlans;

  constructor(operation: string, count: 1 | 2, options: MaxOptions<1> | MaxOptions<2>) {
    super(options.name);
    const { kernelSize, stride = kernelSize, padding = 0, dilation = 1 } = options;
    this.#operation = operation;
    this.axes = axesOf(operation, count, { kernelSize, stride, padding, dilation });
    needHalf(operation, this.axes);
    const [first, second] = this.axes;
    this.#plans = new GridPlans(operation, second ? [first, second] : [line, first]);
  }

  /** `[windows, channels]` of rows `[rows, channels]`. */
  protected abstract pool(rows: Tensor, plan: Plan): Tensor;

  override forward<X extends Rows>(input: X): X {
    if (this.axes.length === 2) return rowwise(input, (x) => this.#grids(x));
    return (input instanceof Sequence ? this.#steps(input) : this.#lines(input as Tensor)) as X;
  }

  #grids(x: Tensor): Tensor {
    needGrids(this.#operation, x, 2, undefined);
    const [batch, , height, width] = x.shape;
    const plan = this.#plans.of(batch, height, width);
    return gridsOfRows(this.pool(rowsOfGrids(x), plan), plan.shape);
  }

  #lines(x: Tensor): Tensor {
    needGrids(this.#operation, x, 1, undefined);
    const [batch, , length] = x.shape;
    const plan = this.#plans.of(batch, 1, length);
    return gridsOfRows(this.pool(rowsOfGrids(x), plan), [batch, plan.shape[2]]);
  }

  /** Rows of any shape: what is in them is pooled place by place. */
  #steps(x: Sequence): Sequence {
    needFloats(this.#operation, x.rows.dtype);
    const plan = sequencePlan(this.#operation, x, this.axes[0]);
    const rows = reshape(x.rows, [plan.rows, x.rows.size / plan.rows]);
    return plan.template.withRows(reshape(this.pool(rows, plan), [plan.windows, ...x.features]));
  }
}

/** The axis across a line. */
const line: Axis = { size: 1, stride: 1, dilation: 1, before: 0, after: 0 };

/** A window that may lie outside altogether has no largest value. */
function needHalf(operation: string, axes: readonly Axis[]): void {
  for (const { size, before } of axes) {
    if (before * 2 <= size) continue;
    throw new OptionError(
      operation,
      `padding must be half a window at most; got ${before} for a window of ${size}`,
      { padding: before, kernelSize: size },
    );
  }
}

/** What both largest poolings are made of. */
abstract class MaxPool extends Pool {
  constructor(operation: string, count: 1 | 2, options: MaxOptions<1> | MaxOptions<2>) {
    refuseUnknownOptions(operation, options, ofMax);
    super(operation, count, options);
  }

  protected override pool(rows: Tensor, plan: Plan): Tensor {
    return largest(rows, plan);
  }
}

/** What both mean poolings are made of. */
abstract class AvgPool extends Pool {
  readonly countIncludePad: boolean;

  constructor(operation: string, count: 1 | 2, options: AvgOptions<1> | AvgOptions<2>) {
    refuseUnknownOptions(operation, options, ofAvg);
    super(operation, count, options);
    this.countIncludePad = options.countIncludePad ?? true;
  }

  protected override pool(rows: Tensor, plan: Plan): Tensor {
    return average(rows, plan, this.countIncludePad);
  }
}

/**
 * The largest of what each window along a line reads, channel by channel; the gradient goes to the first of equals.
 *
 * Takes a tensor `[batch, channels, length]` and gives `[batch, channels, windows]`; or a sequence, each of which is read
 * by itself and becomes one of its windows.
 *
 * @throws OptionError for sizes that are none; ShapeError for another shape or a length that no window fits into,
 * DataError for such a sequence
 * @example
 * const y = new MaxPool1d({ kernelSize: 2 }).forward(tensor([[[1, 3, 2, 5]]])); // [[[3, 5]]]
 */
export class MaxPool1d extends MaxPool {
  static readonly className: string = 'MaxPool1d';

  constructor(options: MaxPool1dOptions) {
    super('MaxPool1d', 1, options);
  }
}

/**
 * The largest of what each window over a grid reads: {@link MaxPool1d} along both axes.
 *
 * Takes a tensor `[batch, channels, height, width]`, or a sequence of such grids (frames), each read by itself.
 *
 * @throws OptionError for sizes that are none; ShapeError for another shape or a grid that no window fits into
 * @example
 * const y = new MaxPool2d({ kernelSize: 2 }).forward(zeros([2, 3, 8, 8])); // [2, 3, 4, 4]
 */
export class MaxPool2d extends MaxPool {
  static readonly className: string = 'MaxPool2d';

  constructor(options: MaxPool2dOptions) {
    super('MaxPool2d', 2, options);
  }
}

/**
 * The mean of what each window along a line reads, channel by channel.
 *
 * Takes a tensor `[batch, channels, length]` and gives `[batch, channels, windows]`; or a sequence, each of which is read
 * by itself and becomes one of its windows.
 *
 * @throws OptionError for sizes that are none; ShapeError for another shape or a length that no window fits into,
 * DataError for such a sequence
 * @example
 * const y = new AvgPool1d({ kernelSize: 2 }).forward(tensor([[[1, 3, 2, 5]]])); // [[[2, 3.5]]]
 */
export class AvgPool1d extends AvgPool {
  static readonly className: string = 'AvgPool1d';

  constructor(options: AvgPool1dOptions) {
    super('AvgPool1d', 1, options);
  }
}

/**
 * The mean of what each window over a grid reads: {@link AvgPool1d} along both axes.
 *
 * Takes a tensor `[batch, channels, height, width]`, or a sequence of such grids (frames), each read by itself.
 *
 * @throws OptionError for sizes that are none; ShapeError for another shape or a grid that no window fits into
 * @example
 * const y = new AvgPool2d({ kernelSize: 2 }).forward(zeros([2, 3, 8, 8])); // [2, 3, 4, 4]
 */
export class AvgPool2d extends AvgPool {
  static readonly className: string = 'AvgPool2d';

  constructor(options: AvgPool2dOptions) {
    super('AvgPool2d', 2, options);
  }
}
