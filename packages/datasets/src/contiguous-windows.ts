import { DataError, OptionError } from '@unroll/backend';
import { type Tensor, tensor } from '@unroll/tensor';
import { type Layout, layOut, type Rectangle, type WindowOptions } from './layout.ts';
import { checkCount, checkPosition, Position, type PositionState } from './position.ts';

/** One step of training or evaluation: a window of each row. */
export interface WindowBatch {
  /** The ids read, int32 `[rows, steps]`. */
  readonly input: Tensor;
  /** The id that follows each of them, int32 `[rows, steps]`. */
  readonly target: Tensor;
  readonly rows: number;
  readonly steps: number;
  /** Whether rows start here, so that a carried state must be fresh. */
  readonly first: boolean;
}

/** The position of {@link ContiguousWindows} as plain data, with what it belongs to. */
export interface WindowsState extends PositionState {
  readonly ids: number;
  readonly checksum: number;
  readonly batchSize: number;
  readonly window: number;
  readonly tail: string;
}

/**
 * Windows over the ids of one long text for truncated backpropagation through time with carried state: the text is cut into
 * `batchSize` rows, and row i of a batch continues row i of the batch before it.
 *
 * Iterating yields what is left of the current epoch; the next iteration is the next epoch. `stateDict()` in the loop's body
 * is the position after the batch in hand: a run resumed from it gets exactly the batches that the first run would have
 * got.
 *
 * With `tail: 'keep'` every id but the first is a target exactly once in an epoch, in rectangles without padding: at most
 * `batchSize` rows (fewer where the text has fewer whole windows); the last window of the rows may be shorter; and when
 * rows differ in length, by one step, a last batch holds that step of the longer ones, which are the first `rows` of the
 * batch before. Carry their part of the state, and weight each batch's mean loss with `rows · steps`.
 */
export class ContiguousWindows implements Iterable<WindowBatch> {
  readonly #ids: Int32Array;
  readonly #options: Required<WindowOptions>;
  readonly #layout: Layout;
  readonly #position = new Position();
  #checksum: number | undefined;

  constructor(ids: Int32Array, options: WindowOptions) {
    this.#options = checkOptions(ids, options);
    this.#ids = ids;
    this.#layout = layOut(ids.length, this.#options);
  }

  /** Batches in an epoch. */
  get length(): number {
    return this.#layout.rectangles.length;
  }

  /** Predictions in an epoch. */
  get predictions(): number {
    return this.#layout.rectangles.reduce((sum, { rows, steps }) => sum + rows * steps, 0);
  }

  /** How many times the text has been gone through. */
  get epoch(): number {
    return this.#position.epoch;
  }

  /** Batches of this epoch that were handed out. */
  get index(): number {
    return this.#position.index;
  }

  [Symbol.iterator](): Generator<WindowBatch, void, undefined> {
    return this.#position.walk(
      () => this.length,
      (index) => this.#batch(this.#layout.rectangles[index]),
    );
  }

  /** The position, as plain data for a checkpoint. */
  stateDict(): WindowsState {
    return { epoch: this.epoch, index: this.index, ...this.#identity() };
  }

  /**
   * Goes on where `state` was saved.
   *
   * @throws OptionError listing what differs, when it was saved for another text or other options
   */
  loadStateDict(state: WindowsState): void {
    const operation = 'ContiguousWindows.loadStateDict';
    const { epoch, index } = checkPosition(operation, state, this.#identity(), this.length);
    this.#position.epoch = epoch;
    this.#position.index = index;
  }

  #batch({ rows, from, steps }: Rectangle): WindowBatch {
    const input = this.#read(rows, from, steps);
    const target = this.#read(rows, from + 1, steps);
    return { input, target, rows, steps, first: from === 0 };
  }

  #read(rows: number, from: number, steps: number): Tensor {
    const values = new Int32Array(rows * steps);
    for (let row = 0; row < rows; row++) {
      const start = this.#layout.starts[row] + from;
      values.set(this.#ids.subarray(start, start + steps), row * steps);
    }
    return tensor(values, { shape: [rows, steps] });
  }

  #identity() {
    this.#checksum ??= checksum(this.#ids);
    return { ids: this.#ids.length, checksum: this.#checksum, ...this.#options };
  }
}

/**
 * The windows of a text's ids: see {@link ContiguousWindows}.
 *
 * @param ids of one text, `[length]`
 * @throws OptionError for a batchSize or window below 1; DataError when there are no ids or fewer than a window needs
 *
 * @example
 * const windows = contiguousWindows(tokenizer.encode(text), { batchSize: 32, window: 64 });
 * for (const { input, target, first } of windows) {
 *   // input and target: [32, 64]
 * }
 */
export function contiguousWindows(ids: Int32Array, options: WindowOptions): ContiguousWindows {
  return new ContiguousWindows(ids, options);
}

function checkOptions(ids: Int32Array, options: WindowOptions): Required<WindowOptions> {
  const { batchSize, window, tail = 'drop' } = options;
  checkCount('contiguousWindows', 'batchSize', batchSize);
  checkCount('contiguousWindows', 'window', window);
  if (tail !== 'drop' && tail !== 'keep') {
    const words = `tail must be 'drop' or 'keep'; got ${String(tail)}`;
    throw new OptionError('contiguousWindows', words, { tail });
  }
  if (!(ids instanceof Int32Array)) {
    throw new DataError('contiguousWindows', 'ids must be an Int32Array; encode the text first');
  }
  if (ids.length === 0) {
    throw new DataError('contiguousWindows', 'there are no ids; is the text empty?');
  }
  return { batchSize, window, tail };
}

/** FNV-1a over the ids (Fowler, Noll and Vo, 1991), a word at a time: tells one text from another, not more. */
function checksum(ids: Int32Array): number {
  let hash = 0x811c9dc5;
  for (const id of ids) hash = Math.imul(hash ^ id, 0x01000193);
  return hash >>> 0;
}
