import { Storage } from '../core/storage.ts';
import type { Tensor } from '../core/tensor.ts';

/**
 * Gradients on their way through a backward pass. Their memory goes back as soon as the last operation that they came to has
 * used them, if nobody outside of the pass can have seen them: not a hook, not an operation of the user's own.
 */
export class InFlight {
  readonly #before = Storage.made;
  /** At how many places a gradient is waiting. */
  readonly #places = new Map<Storage, number>();

  arrive({ storage }: Tensor): void {
    this.#places.set(storage, (this.#places.get(storage) ?? 0) + 1);
  }

  leave({ storage }: Tensor): void {
    const places = (this.#places.get(storage) ?? 0) - 1;
    if (places > 0) this.#places.set(storage, places);
    else {
      this.#places.delete(storage);
      if (this.#isOwn(storage)) storage.discard();
    }
  }

  /** Whether it waits at one place only and comes from this pass, so that who has it may write into it. */
  isAlone({ storage }: Tensor): boolean {
    return this.#places.get(storage) === 1 && storage.isAfter(this.#before);
  }

  /** Its one owner says when it is not needed any more. */
  lend({ storage }: Tensor): void {
    if (this.#isOwn(storage)) storage.lend();
  }

  #isOwn(storage: Storage): boolean {
    return storage.isAfter(this.#before) && !storage.isSeen;
  }
}
