import type { Heap } from './heap.ts';

/** Memory that a recorded operation keeps from its forward to its backward. */
export interface Lease {
  readonly address: number;
  readonly bytes: number;
  /** Gives it back; again is harmless. A lease that nobody holds any more is given back by the garbage collector. */
  release(): void;
}

interface Held {
  readonly address: number;
  readonly bytes: number;
  released: boolean;
}

export class Leases {
  readonly #heap: Heap;
  readonly #net: FinalizationRegistry<Held>;
  #bytes = 0;

  constructor(heap: Heap) {
    this.#heap = heap;
    this.#net = new FinalizationRegistry((held) => this.#release(held));
  }

  /** Bytes that are out. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @throws MemoryError where there is no room */
  lease(bytes: number): Lease {
    const held: Held = { address: this.#heap.take(bytes), bytes, released: false };
    this.#bytes += bytes;
    const lease: Lease = {
      address: held.address,
      bytes,
      release: () => {
        this.#release(held);
        this.#net.unregister(held);
      },
    };
    this.#net.register(lease, held, held);
    return lease;
  }

  #release(held: Held): void {
    if (held.released) return;
    held.released = true;
    this.#bytes -= held.bytes;
    this.#heap.give(held.address, held.bytes);
  }
}
