import type { Heap } from './heap.ts';

/** What a lease holds: apart from it, so that this can outlive it. */
interface Held {
  readonly blocks: { readonly address: number; readonly bytes: number }[];
}

/** Memory that a recorded operation keeps from its forward to its backward: as many blocks as it takes, all in one. */
export interface Lease {
  /**
   * The address of `bytes` more bytes.
   *
   * @throws MemoryError where there is no room
   */
  take(bytes: number): number;
  /** Gives all of it back; again is harmless. A lease that nobody holds any more is given back by the garbage collector. */
  release(): void;
}

export class Leases {
  readonly #heap: Heap;
  /** One entry for each operation and not for each block: entries outlive several young collections. */
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

  /** A lease of nothing yet. */
  lease(): Lease {
    const held: Held = { blocks: [] };
    const lease: Lease = {
      take: (bytes) => {
        const address = this.#heap.take(bytes);
        if (held.blocks.push({ address, bytes }) === 1) this.#net.register(lease, held, held);
        this.#bytes += bytes;
        return address;
      },
      release: () => {
        if (held.blocks.length === 0) return;
        this.#net.unregister(held);
        this.#release(held);
      },
    };
    return lease;
  }

  #release({ blocks }: Held): void {
    for (const { address, bytes } of blocks.splice(0)) {
      this.#bytes -= bytes;
      this.#heap.give(address, bytes);
    }
  }
}
