import { enter, type Freeable, leave, release, type Span, within } from './made.ts';
import type { Storage } from './storage.ts';
import { storagesIn } from './storages-in.ts';

/**
 * Runs `fn`, whose end is a release point: of what is made there only what it returns goes on living.
 *
 * @param unseen whether `fn` is the engine's own, so that nobody has small values of it either
 */
export function releasing<T>(place: string, fn: () => T, unseen = false): T {
  const span = enter(unseen);
  let result: T | undefined;
  try {
    result = fn();
    return result;
  } finally {
    leave(span);
    end(span, place, result);
  }
}

function end(span: Span, place: string, result: unknown): void {
  let returned: Set<Freeable> | undefined;
  release(span, place, (memory) => {
    returned ??= storagesIn(result);
    return returned.has(memory);
  });
}

/**
 * Marks tensors that are read later: on a GPU the end of a backward pass, of `noGrad` and of a training step free what was
 * made there. On a CPU it does nothing, and nowhere does it have to be taken back: the garbage collector frees what was kept.
 *
 * Not needed for parameters and their gradients, what an optimizer remembers, what is written in place (`assign`), what
 * `noGrad` returns, the state that fit and generate carry on, values from the host, nor for anything below 4 kB.
 *
 * @param x a tensor, a sequence, a state or any other object or list with tensors in it
 * @returns x itself
 * @throws UnrollError for a tensor that was freed already
 * @example
 * const { output } = model.forward(x);
 * keep(output); // backward() would free it
 * crossEntropy(output, y).backward();
 * console.log(await output.data());
 */
export function keep<T>(x: T): T {
  for (const storage of storagesIn(x)) {
    storage.needAlive();
    storage.stay();
  }
  return x;
}

/**
 * Tells that something which outlives a step has other tensors than before: what an optimizer remembers, for instance. The new
 * ones are not freed until they are replaced in turn, the old ones at the next release point, if one would have freed them.
 *
 * @param before what it had, at any depth of lists and objects; undefined for nothing
 * @param after what it has now
 */
export function replaceHeld(before: unknown, after: unknown): void {
  for (const storage of storagesIn(after)) storage.hold();
  for (const storage of storagesIn(before)) storage.letGo();
}

/**
 * The memory of steps that wait for something in between, as those of a trainer do: what is made inside of `run` is freed by
 * `release`, by the same rules as at the end of `noGrad`. Other computations that run meanwhile are not touched.
 *
 * @example
 * const memory = new StepMemory('a step of my loop');
 * for (const batch of batches) {
 *   const { loss, state } = memory.run(() => learn(batch, carried));
 *   console.log(await loss.item());
 *   carried = memory.carry(state);
 *   memory.release();
 * }
 */
export class StepMemory {
  readonly #place: string;
  readonly #span: Span = { outer: undefined, unseen: false };
  #carried: ReadonlySet<Storage> = new Set();
  #next: ReadonlySet<Storage> = new Set();

  /** @param place what messages call the end of a step */
  constructor(place: string) {
    this.#place = place;
  }

  /** Runs a part of a step, which is synchronous. */
  run<T>(fn: () => T): T {
    return within(this.#span, fn);
  }

  /** Holds what goes on to the next step, at any depth of lists and objects, until that is over; gives it back. */
  carry<T>(x: T): T {
    const before = this.#next;
    this.#next = storagesIn(x);
    for (const storage of this.#next) storage.hold();
    this.#letGo(before);
    return x;
  }

  /**
   * Ends a step.
   *
   * @param used what came from outside and was used up, as a batch: what the host has of it leaves the device until it is
   * read again
   */
  release(used?: unknown): void {
    this.#letGo(this.#carried);
    this.#carried = this.#next;
    this.#next = new Set();
    release(this.#span, this.#place, () => false);
    for (const storage of storagesIn(used)) if (storage.isOnHost) storage.free(this.#place);
  }

  #letGo(storages: Iterable<Storage>): void {
    this.run(() => {
      for (const storage of storages) storage.letGo();
    });
  }
}
