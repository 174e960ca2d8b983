import { type TypedArray, UnrollError } from '@unroll/backend';
import type { Handle } from './gpu-js.ts';
import type { MemoryCount } from './memory-count.ts';

/** Where what a memory holds lies on the device; kept apart so that it outlives the content in the registry. */
interface Place {
  handle?: Handle | undefined;
  bytes: number;
  count?: MemoryCount;
}

const dropped = new FinalizationRegistry<Place>(clear);

function clear(place: Place): void {
  if (place.handle === undefined) return;
  place.handle.delete();
  place.handle = undefined;
  place.count?.remove(place.bytes);
}

/**
 * What a memory holds at one moment. It never changes: a write gives the memory another content, so that kernels which
 * were submitted before read what they were meant to. Its values are on the host, on the device, or still to come.
 *
 * It counts who may still read it: memories and saved runs that hold it, and kernels that were submitted and not yet run.
 * When the last of them is done, it leaves the device. What nobody gives up, the garbage collector finds.
 */
export class Content {
  readonly length: number;
  /** Known without asking the device. */
  host: TypedArray | undefined;
  /** Why there are no values, and will be none. */
  error: unknown;
  readonly #place: Place;
  #holders = 0;
  /** Kernels that were submitted and have not run. */
  #waiting = 0;
  #stays = false;
  #evicting = false;

  constructor(length: number, host?: TypedArray) {
    this.length = length;
    this.host = host;
    this.#place = { bytes: 4 * length };
  }

  get handle(): Handle | undefined {
    return this.#place.handle;
  }

  /** Says where the values lie from now on. */
  settle(handle: Handle, count: MemoryCount): void {
    this.#place.handle = handle;
    this.#place.count = count;
    count.add(this.#place.bytes);
    dropped.register(this, this.#place);
  }

  /** It is read again and again, and not evicted. */
  stay(): void {
    this.#stays = true;
  }

  /** Somebody may read it until {@link drop}. */
  hold(): void {
    this.#holders++;
  }

  drop(): void {
    this.#holders--;
    this.#sweep();
  }

  /** A kernel or a read that was submitted needs it, until {@link done}. */
  await(): void {
    this.#waiting++;
  }

  done(): void {
    this.#waiting--;
    this.#sweep();
  }

  /**
   * Leaves the device as soon as no kernel waits for it; the host has the values. Whoever reads it later brings it back,
   * and then it stays: a constant comes every step, and a batch does not.
   */
  evict(): void {
    if (this.#stays) return;
    this.#stays = true;
    this.#evicting = true;
    this.#sweep();
  }

  #sweep(): void {
    if (this.#waiting > 0 || (this.#holders > 0 && !this.#evicting)) return;
    this.#evicting = false;
    clear(this.#place);
    if (this.host === undefined) this.error ??= gone();
  }
}

/** Why there is nothing to read any more. */
export function gone(): UnrollError {
  return new UnrollError('gpu', 'this value was freed: its memory was given back to the device');
}
