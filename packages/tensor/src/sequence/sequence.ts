import {
  type DType,
  isFloating,
  type RowPlaces,
  type Schedule,
  type Shape,
  ShapeError,
  type TypedArray,
} from '@unroll/backend';
import { asTensor } from '../core/accept.ts';
import { full, tensor } from '../core/create.ts';
import type { Nested } from '../core/nested.ts';
import { startsOf } from '../core/starts.ts';
import type { Tensor } from '../core/tensor.ts';
import { div } from '../operations/arithmetic.ts';
import { reshape } from '../operations/core.ts';
import { concat } from '../operations/join.ts';
import { max, sum } from '../operations/reduce.ts';
import { evenLayout, type Layout, layoutOf, layoutWithin } from './layout.ts';
import { batchOfRows, checkAlike, rowsOfBatch, select, steps } from './parts.ts';

/**
 * A batch of sequences, each of its own length, as one value. It holds the rows that exist and nothing else: there is no
 * padding, so what works row by row needs no mask. Inside, the rows lie step after step with the longest sequence first;
 * everything that is read comes in the user's order. It cannot be changed.
 *
 * @example
 * const x = Sequence.fromArrays([[[1, 2]], [[3, 4], [5, 6]]]); // lengths [1, 2], 2 features
 * const y = x.map((rows) => mul(rows, 10));
 * console.log(await y.last().toArray()); // [[10, 20], [50, 60]]
 */
export class Sequence {
  /** `[rows, …features]`: step after step; rows of equal length are exactly `[time, batch, …features]` without the cut. */
  readonly rows: Tensor;
  readonly #layout: Layout;

  private constructor(rows: Tensor, layout: Layout) {
    this.rows = rows;
    this.#layout = layout;
  }

  /**
   * From one array per sequence: nested arrays or tensors `[length, …features]`, typed arrays `[length]`. Gradients flow
   * back to tensors.
   *
   * @param options.dtype default: that of the tensors and typed arrays, float32 for nested arrays
   * @throws DataError without sequences, or for an empty one; ShapeError or DTypeError when they differ in features or dtype
   * @example
   * const ids = Sequence.fromArrays([[3, 1, 2], [5]], { dtype: 'int32' });
   */
  static fromArrays(
    arrays: readonly (Nested | TypedArray | Tensor)[],
    options: { dtype?: DType } = {},
  ): Sequence {
    const list = arrays.map((x, i) => steps(x, i, options.dtype));
    const layout = layoutOf(
      'Sequence.fromArrays',
      list.map((x) => x.shape[0]),
    );
    checkAlike(list);
    const together = list.length === 1 ? list[0] : concat(list, { axis: 0 });
    const firsts = startsOf(layout.lengths);
    return new Sequence(
      select(
        together,
        layout.eachRow((i, step) => firsts[i] + step),
      ),
      layout,
    );
  }

  /**
   * From a batch with padding at the ends, which is left out. Gradients flow back to x.
   *
   * @param x `[batch, time, …features]`
   * @param lengths steps of each sequence; default: all of them, for all
   * @throws DataError for an empty batch or sequence; ShapeError when lengths and x do not fit
   * @example
   * const x = Sequence.fromBatch(tensor([[1, 2, 3], [4, 5, 0]]), [3, 2]);
   */
  static fromBatch(x: Tensor, lengths?: ArrayLike<number>): Sequence {
    const { shape } = asTensor('Sequence.fromBatch', x);
    const [batch, time] = shape;
    if (shape.length < 2) {
      throw new ShapeError(
        'Sequence.fromBatch',
        `needs [batch, time, …features]; got [${shape.join(', ')}]`,
        { shape },
      );
    }
    const layout = lengths
      ? layoutWithin('Sequence.fromBatch', lengths, batch, time)
      : evenLayout('Sequence.fromBatch', batch, time);
    if (layout.rows === batch * time) {
      return new Sequence(rowsOfBatch(x), layout);
    }
    const flat = reshape(x, [batch * time, ...shape.slice(2)]);
    return new Sequence(
      select(
        flat,
        layout.eachRow((i, step) => i * time + step),
      ),
      layout,
    );
  }

  /** Steps of each sequence, in the user's order. */
  get lengths(): readonly number[] {
    return this.#layout.lengths;
  }

  /** How many sequences live at each step; it never rises. */
  get batchSizes(): readonly number[] {
    return this.#layout.batchSizes;
  }

  /** The user's number of the sequence at each position inside. */
  get batchOrder(): readonly number[] {
    return this.#layout.batchOrder;
  }

  /** How many sequences there are. */
  get batch(): number {
    return this.#layout.batch;
  }

  /** Steps of the longest sequence. */
  get time(): number {
    return this.#layout.time;
  }

  /** The shape of one row. */
  get features(): Shape {
    return this.rows.shape.slice(1);
  }

  /** Where the rows lie, for kernels that look at whole sequences. */
  get places(): RowPlaces {
    return this.#layout;
  }

  /** How a recurrence walks over the rows. */
  schedule(reverse = false): Schedule {
    return this.#layout.schedule(reverse);
  }

  /** The row in `rows` of a step of a sequence. @throws IndexError for one that does not exist */
  rowOf(sequence: number, step: number): number {
    return this.#layout.rowOf(sequence, step);
  }

  /**
   * A sequence of the same lengths with other rows `[rows, …features]`.
   *
   * @throws ShapeError when their number differs
   */
  withRows(rows: Tensor): Sequence {
    const { shape } = asTensor('Sequence.withRows', rows);
    if (shape.length === 0 || shape[0] !== this.#layout.rows) {
      throw new ShapeError(
        'Sequence.withRows',
        `needs ${this.#layout.rows} rows, as there were; got [${shape.join(', ')}]. Keep the first axis as it is.`,
        { rows: this.#layout.rows, shape },
      );
    }
    return new Sequence(rows, this.#layout);
  }

  /** `fn` of the rows, which it may change in all but number. @throws ShapeError when their number differs */
  map(fn: (rows: Tensor) => Tensor): Sequence {
    return this.withRows(fn(this.rows));
  }

  /** `[batch, time, …features]` in the user's order, with `value` (default 0) beyond the end of each. */
  toBatch(options: { value?: number } = {}): Tensor {
    const { rows, batch, time } = this;
    const count = this.#layout.rows;
    if (count === batch * time) return batchOfRows(rows, batch, time);
    const { features } = this;
    const value = full([1, ...features], options.value ?? 0, { dtype: rows.dtype });
    const source = concat([rows, value], { axis: 0 });
    return reshape(select(source, this.#layout.padded(count)), [batch, time, ...features]);
  }

  /** One tensor `[length, …features]` for each sequence, in the user's order. */
  toTensors(): Tensor[] {
    return this.lengths.map((_, i) => select(this.rows, this.#layout.rowsOf(i)));
  }

  /** The first row of each sequence: `[batch, …features]` in the user's order. */
  first(): Tensor {
    return this.#pick(() => 0);
  }

  /** The last row of each sequence: `[batch, …features]` in the user's order. */
  last(): Tensor {
    return this.#pick((length) => length - 1);
  }

  /** Each sequence from its own end to its beginning. */
  reverse(): Sequence {
    const ids = this.#layout.eachRow((i, step) => this.rowOf(i, this.lengths[i] - 1 - step));
    return new Sequence(select(this.rows, ids), this.#layout);
  }

  /** The sum over the steps of each sequence: `[batch, …features]` in the user's order. */
  sum(): Tensor {
    return sum(this.toBatch(), { axis: 1 });
  }

  /** The mean over the steps of each sequence: `[batch, …features]` in the user's order. */
  mean(): Tensor {
    const total = this.sum();
    const dtype = isFloating(total.dtype) ? total.dtype : 'float32';
    const shape = [this.batch, ...this.features.map(() => 1)];
    return div(total, tensor([...this.lengths], { dtype, shape }));
  }

  /** The maximum over the steps of each sequence: `[batch, …features]` in the user's order. */
  max(): Tensor {
    const value = isFloating(this.rows.dtype) ? -Infinity : -(2 ** 31);
    return max(this.toBatch({ value }), { axis: 1 });
  }

  /** Rows `[batch, …]` from the order inside to the user's. */
  toUserOrder(x: Tensor): Tensor {
    return this.#ordered('Sequence.toUserOrder', x, this.#layout.positions);
  }

  /** Rows `[batch, …]` from the user's order to the one inside, which recurrences work in. */
  fromUserOrder(x: Tensor): Tensor {
    return this.#ordered('Sequence.fromUserOrder', x, this.#layout.batchOrder);
  }

  /**
   * The step at which each row of `rows` stands.
   *
   * @param from the number of each sequence's first step, in the user's order; default 0 for all
   */
  stepNumbers(from?: readonly number[]): Int32Array {
    return this.#layout.eachRow((i, step) => step + (from?.[i] ?? 0));
  }

  /** Whether both have the same lengths, in the same order. */
  hasLengthsOf(other: Sequence): boolean {
    return this.#layout.equals(other.#layout);
  }

  toString(): string {
    const { rows, batch } = this;
    return `Sequence(${rows.dtype}, ${batch} × [length, ${this.features.join(', ')}], lengths [${this.lengths.join(', ')}])`;
  }

  #pick(step: (length: number) => number): Tensor {
    return select(
      this.rows,
      Int32Array.from(this.lengths, (n, i) => this.rowOf(i, step(n))),
    );
  }

  #ordered(operation: string, x: Tensor, order: readonly number[]): Tensor {
    const { shape } = asTensor(operation, x);
    if (shape[0] !== this.batch) {
      throw new ShapeError(operation, `needs [${this.batch}, …]; got [${shape.join(', ')}]`, {
        batch: this.batch,
        shape,
      });
    }
    return this.#layout.inOrder ? x : select(x, Int32Array.from(order));
  }
}
