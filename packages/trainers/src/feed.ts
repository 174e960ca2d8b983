import { DataError, UnsupportedError } from '@unroll/backend';
import { Sequence, StepMemory, slice, type Tensor } from '@unroll/tensor';
import { type Batch, type Data, hasPosition } from './data.ts';

/** A batch, or a part of its time steps. */
export type Window = Required<Omit<Batch, 'source'>> & Pick<Batch, 'source'>;

/** Where a feed stands, with the rest of the batch that was cut. */
export interface FeedState {
  readonly epoch: number;
  readonly data: unknown;
  readonly pending?: { readonly input: Tensor; readonly target: Tensor; readonly at: number };
}

/** Training data as windows, epoch after epoch. */
export class Feed {
  epoch = 0;
  readonly #data: Data;
  readonly #steps: number | undefined;
  readonly #memory: StepMemory;
  #iterator: Iterator<Batch> | AsyncIterator<Batch> | undefined;
  #pending: { batch: Batch; at: number } | undefined;
  #yielded = false;
  #empty = false;

  /**
   * @param steps the longest window; longer batches are cut. Default: none is
   * @param memory what windows are cut in
   */
  constructor(data: Data, steps?: number, memory = new StepMemory('a window')) {
    this.#data = data;
    this.#steps = steps;
    this.#memory = memory;
  }

  /** The next window, or undefined once at the end of each epoch. */
  async next(): Promise<Window | undefined> {
    if (this.#pending) return this.#cut(this.#pending.batch, this.#pending.at);
    this.#iterator ??= iteratorOf(this.#data);
    const { done, value } = await this.#iterator.next();
    if (!done) {
      this.#yielded = true;
      this.#empty = false;
      return this.#cut(value, 0);
    }
    this.#iterator = undefined;
    if (this.#yielded) {
      this.#yielded = false;
      this.epoch++;
      return undefined;
    }
    // Data that an earlier loop has left at an epoch's end gives nothing once.
    if (this.#empty) throw new DataError('Trainer.fit', 'train gives no batch');
    this.#empty = true;
    return this.next();
  }

  stateDict(): FeedState {
    const state = {
      epoch: this.epoch,
      data: hasPosition(this.#data) ? this.#data.stateDict() : null,
    };
    if (!this.#pending) return state;
    const { batch, at } = this.#pending;
    return {
      ...state,
      pending: { input: batch.input as Tensor, target: batch.target as Tensor, at },
    };
  }

  loadStateDict({ epoch, data, pending }: FeedState): void {
    this.epoch = epoch;
    if (hasPosition(this.#data)) this.#data.loadStateDict(data as never);
    this.#iterator = undefined;
    // A resumed epoch may be at its end already.
    this.#yielded = true;
    this.#pending = pending && { batch: pending, at: pending.at };
  }

  /** Ends a broken-off iteration. */
  async close(): Promise<void> {
    await this.#iterator?.return?.();
    this.#iterator = undefined;
  }

  #cut(batch: Batch, at: number): Window {
    const { input, target, first = true } = batch;
    // It is read once: what follows starts where the state stands.
    const source = batch.source && at === 0 ? { source: batch.source } : {};
    const time = input instanceof Sequence ? input.time : (input.shape[1] ?? 1);
    const steps = this.#steps ?? time;
    this.#pending = undefined;
    if (at === 0 && time <= steps) return { input, target, first, ...source };
    if (input instanceof Sequence || target instanceof Sequence || target.shape[1] !== time) {
      throw new UnsupportedError(
        'Trainer.fit',
        `tbptt cuts tensors [batch, time, …] with a target for every step; got ${kind(input)} and ${kind(target)} of ${time} steps. Cut the data itself, or leave tbptt out.`,
      );
    }
    const to = Math.min(at + steps, time);
    if (to < time) this.#pending = { batch, at: to };
    const part = (x: Tensor) => slice(x, { axis: 1, from: at, to });
    const cut = this.#memory.run(() => ({ input: part(input), target: part(target) }));
    return { ...cut, first: first && at === 0, ...source };
  }
}

function kind(x: Tensor | Sequence): string {
  return x instanceof Sequence ? 'a sequence' : `[${x.shape.join(', ')}]`;
}

function iteratorOf(data: Data): Iterator<Batch> | AsyncIterator<Batch> {
  return Symbol.asyncIterator in data ? data[Symbol.asyncIterator]() : data[Symbol.iterator]();
}
