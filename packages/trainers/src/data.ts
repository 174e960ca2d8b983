import type { Sequence, Tensor } from '@unroll/tensor';

/** What one training step learns, or several where it is cut into windows. */
export interface Batch {
  /** `[batch, time, …]`, or a Sequence. */
  readonly input: Tensor | Sequence;
  /** What the loss compares the output with. */
  readonly target: Tensor | Sequence;
  /**
   * What the output is made from, of a model with an encoder: its `encode(source)` gives the state that the rows start
   * with. Default: none.
   */
  readonly source?: Tensor | Sequence;
  /**
   * Whether its rows start here. With false they continue those of the batch before, so that the state is carried on.
   * Default true.
   */
  readonly first?: boolean;
}

/**
 * Batches to go through again and again; each iteration is (what is left of) an epoch. To be resumed from a checkpoint they
 * must tell their position, as `contiguousWindows` and arrays do.
 */
export type Data = (Iterable<Batch> | AsyncIterable<Batch>) & Partial<Positioned>;

export interface Positioned {
  /** Batches in an epoch. */
  readonly length: number;
  /** The position after the batch in hand, as plain data. */
  stateDict(): unknown;
  loadStateDict(state: never): void;
}

/**
 * Other data made item by item into batches, with its position kept.
 *
 * @example
 * const train = mapData(batches(new ArrayDataset([1, 2, 3, 4]), { batchSize: 2 }), (numbers) => ({
 *   input: tensor(numbers.map((n) => [[n]])),
 *   target: tensor(numbers.map((n) => [[n * n]])),
 * }));
 */
export function mapData<T>(
  data: Iterable<T> & Positioned,
  fn: (item: T) => Batch,
): Iterable<Batch> & Positioned {
  return {
    *[Symbol.iterator]() {
      for (const item of data) yield fn(item);
    },
    get length() {
      return data.length;
    },
    stateDict: () => data.stateDict(),
    loadStateDict: (state) => data.loadStateDict(state),
  };
}

/** An array of batches with a position. */
class ListData implements Iterable<Batch>, Positioned {
  readonly #batches: readonly Batch[];
  #index = 0;

  constructor(batches: readonly Batch[]) {
    this.#batches = batches;
  }

  get length(): number {
    return this.#batches.length;
  }

  *[Symbol.iterator](): Generator<Batch, void, undefined> {
    while (this.#index < this.length) {
      this.#index++;
      yield this.#batches[this.#index - 1];
    }
    this.#index = 0;
  }

  stateDict(): { index: number } {
    return { index: this.#index };
  }

  loadStateDict({ index }: { index: number }): void {
    this.#index = index;
  }
}

/** The same batches and positions, each batch after something was done to it. */
export function prepared(data: Data, prepare: (batch: Batch) => Promise<void>): Data {
  const source = positioned(data);
  const batches = {
    async *[Symbol.asyncIterator]() {
      for await (const batch of source) {
        await prepare(batch);
        yield batch;
      }
    },
  };
  if (!hasPosition(source)) return batches;
  return Object.assign(batches, {
    length: source.length,
    stateDict: () => source.stateDict(),
    loadStateDict: (state: never) => source.loadStateDict(state),
  });
}

/** The data with a position where it can have one. */
export function positioned(data: Data): Data {
  return Array.isArray(data) ? new ListData(data as readonly Batch[]) : data;
}

export function hasPosition(data: Data): data is Data & Positioned {
  return typeof data.stateDict === 'function' && typeof data.loadStateDict === 'function';
}
