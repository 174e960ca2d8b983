import type { Heap } from './heap.ts';
import type { HostMemory } from './host-memory.ts';

/** Vector code may touch so many bytes beyond its data. */
const SLACK = 16;
/** Floats below which a copy costs as little as anything else. */
const SMALLEST = 1024;

/**
 * Parameters and what optimizers keep of them: written in place step after step, they move into the machine's memory, so
 * that what computes with them copies nothing. A typed array is what they stay; only its memory is another. They leave it
 * when the garbage collector has them.
 *
 * Only a shared memory can have residents: one that is not shared moves when it grows, and takes their arrays away.
 */
export class Residents {
  readonly #heap: Heap;
  readonly #limit: number;
  readonly #net: FinalizationRegistry<{ readonly address: number; readonly bytes: number }>;
  #bytes = 0;

  /** @param limit - Most bytes of residents. */
  constructor(heap: Heap, limit: number) {
    this.#heap = heap;
    this.#limit = heap.shared ? limit : 0;
    this.#net = new FinalizationRegistry(({ address, bytes }) => {
      this.#bytes -= bytes;
      heap.give(address, bytes);
    });
  }

  /** Bytes of all residents. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Moves a memory in, the second time that it is written into, where there is room without asking anybody for it. */
  welcome(memory: HostMemory): void {
    const { values, version = 0 } = memory;
    if (memory.address !== undefined || version < 1 || values.length < SMALLEST) return;
    if (!(values instanceof Float32Array)) return;
    const bytes = values.byteLength + SLACK;
    if (this.#bytes + bytes > this.#limit || this.#heap.used + bytes > this.#heap.limit) return;
    const address = this.#heap.take(bytes);
    const resident = new Float32Array(this.#heap.memory.buffer, address, values.length);
    resident.set(values);
    memory.values = resident;
    memory.address = address;
    this.#bytes += bytes;
    this.#net.register(memory, { address, bytes });
  }
}
