import { DataError, OptionError } from '@unroll/backend';
import { type BucketOptions, bucketOrder } from './bucket-order.ts';
import type { Dataset } from './dataset.ts';
import type { PermutationStream } from './permutation-stream.ts';
import { checkCount, checkPosition, Position, type PositionState } from './position.ts';

export interface BatchOptions<T = never> {
  /** Examples in a batch. */
  batchSize: number;
  /** A new order in every epoch, drawn from `stream`; default false: the order of the data set. */
  shuffle?: boolean;
  /** Where the order is drawn from: `randomStream('my data')`. Needed with `shuffle`. */
  stream?: PermutationStream;
  /**
   * Batches of examples of like length, which recurrences run through in fewer steps:
   * `{ by: (text) => text.length }`. With `shuffle` they come in random order. Default: none.
   */
  bucket?: BucketOptions<T>;
  /** Leave out a last batch with fewer examples; default false. */
  dropLast?: boolean;
}

/** The position of {@link Batches} as plain data, with what it belongs to. */
export interface BatchesState extends PositionState {
  readonly examples: number;
  readonly batchSize: number;
  readonly dropLast: boolean;
  readonly shuffle: boolean;
  /** Batches that are sorted together; 1 without buckets, absent in states of older versions. */
  readonly bucketBatches: number;
  /** This epoch's order; null when it is the data set's own or not drawn yet. */
  readonly order: readonly number[] | null;
}

/**
 * A data set in batches of examples. Iterating yields what is left of the current epoch; the next iteration is the next
 * epoch, in a new order with `shuffle`. `stateDict()` in the loop's body is the position after the batch in hand.
 */
export class Batches<T> implements Iterable<T[]> {
  readonly #dataset: Dataset<T>;
  readonly #options: Omit<BatchesState, keyof PositionState | 'examples' | 'order'>;
  readonly #lengthOf: (example: T) => number;
  readonly #stream: PermutationStream | undefined;
  readonly #position = new Position();
  #order: Int32Array | undefined;

  constructor(dataset: Dataset<T>, options: BatchOptions<T>) {
    const { batchSize, shuffle = false, stream, dropLast = false, bucket } = options;
    const bucketBatches = bucket ? (bucket.batches ?? 50) : 1;
    checkCount('batches', 'batchSize', batchSize);
    checkCount('batches', 'bucket.batches', bucketBatches);
    if (shuffle && !stream) {
      throw new OptionError('batches', "shuffle needs a stream; pass randomStream('name')");
    }
    this.#dataset = dataset;
    this.#options = { batchSize, shuffle, dropLast, bucketBatches };
    this.#lengthOf = bucket ? (example) => bucket.by(example) : () => 0;
    this.#stream = shuffle ? stream : undefined;
    if (this.length === 0) {
      const words = `${dataset.length} examples make no batch of ${batchSize}; add examples${dropLast ? ' or take dropLast: false' : ''}`;
      throw new DataError('batches', words, { examples: dataset.length, batchSize });
    }
  }

  /** Batches in an epoch. */
  get length(): number {
    const { batchSize, dropLast } = this.#options;
    const batches = this.#dataset.length / batchSize;
    return dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  /** How many times the data has been gone through. */
  get epoch(): number {
    return this.#position.epoch;
  }

  /** Batches of this epoch that were handed out. */
  get index(): number {
    return this.#position.index;
  }

  [Symbol.iterator](): Generator<T[], void, undefined> {
    return this.#position.walk(
      () => this.length,
      (index) => this.#batch(index),
    );
  }

  /** The position, as plain data for a checkpoint. The stream's own position is not part of it. */
  stateDict(): BatchesState {
    const order = this.#order && this.index > 0 ? [...this.#order] : null;
    return { epoch: this.epoch, index: this.index, order, ...this.#identity() };
  }

  /**
   * Goes on where `state` was saved.
   *
   * @throws OptionError listing what differs, when it was saved for other data or options
   */
  loadStateDict(state: BatchesState): void {
    const operation = 'Batches.loadStateDict';
    const { bucketBatches = 1 } = state as Partial<BatchesState>;
    const saved = { ...state, bucketBatches };
    const { epoch, index } = checkPosition(operation, saved, this.#identity(), this.length);
    if (this.#hasOrder && index > 0 && !isPermutation(state.order, this.#dataset.length)) {
      const words = `order must hold each of 0 … ${this.#dataset.length - 1} once`;
      throw new OptionError(operation, words);
    }
    this.#position.epoch = epoch;
    this.#position.index = index;
    this.#order = this.#hasOrder && index > 0 ? Int32Array.from(state.order ?? []) : undefined;
  }

  #batch(index: number): T[] {
    if (index === 0) this.#order = this.#draw();
    const from = index * this.#options.batchSize;
    const to = Math.min(from + this.#options.batchSize, this.#dataset.length);
    return Array.from({ length: to - from }, (_, i) =>
      this.#dataset.get(this.#order?.[from + i] ?? from + i),
    );
  }

  /** Whether it has another order than the data set. */
  get #hasOrder(): boolean {
    return this.#stream !== undefined || this.#options.bucketBatches > 1;
  }

  #draw(): Int32Array | undefined {
    const count = this.#dataset.length;
    const order = this.#stream?.permutation(count);
    const { batchSize, bucketBatches } = this.#options;
    if (bucketBatches === 1) return order;
    const lengths = Float64Array.from({ length: count }, (_, i) =>
      this.#lengthOf(this.#dataset.get(i)),
    );
    return bucketOrder(order ?? Int32Array.from({ length: count }, (_, i) => i), {
      lengthOf: (i) => lengths[i],
      batchSize,
      batches: bucketBatches,
      stream: this.#stream,
    });
  }

  #identity() {
    return { examples: this.#dataset.length, ...this.#options };
  }
}

/**
 * A data set in batches: see {@link Batches}.
 *
 * @throws OptionError for a batchSize below 1, or `shuffle` without a stream; DataError when there is no example
 *
 * @example
 * for (const examples of batches(new ArrayDataset([1, 2, 3]), { batchSize: 2 })) {
 *   // [1, 2], then [3]
 * }
 */
export function batches<T>(dataset: Dataset<T>, options: BatchOptions<T>): Batches<T> {
  return new Batches(dataset, options);
}

function isPermutation(order: unknown, length: number): boolean {
  if (!Array.isArray(order) || order.length !== length) return false;
  const sorted = Int32Array.from(order as number[]).sort();
  return sorted.every((value, i) => value === i);
}
