import type { Heap } from './heap.ts';
import { type HostMemory, hostMemory } from './host-memory.ts';

/** Vector code may touch so many bytes beyond its data. */
const SLACK = 16;
/** Floats below which a copy costs as little as anything else. */
const SMALLEST = 1024;

/**
 * Tensors that live in the machine's memory, so that what computes with them copies nothing. Parameters and what optimizers
 * keep of them, written in place step after step, move in for good, until the garbage collector has them; their gradients
 * are lent from one step to the next. They stay typed arrays; only whose memory it is changes.
 *
 * Only a shared memory can have residents: one that is not shared moves when it grows, and takes their arrays away.
 */
export class Residents {
  readonly #heap: Heap;
  readonly #limit: number;
  readonly #net = new FinalizationRegistry<Place>((place) => this.#free(place));
  #bytes = 0;

  /** @param limit - Most bytes of residents. */
  constructor(heap: Heap, limit: number) {
    this.#heap = heap;
    this.#limit = heap.shared ? limit : 0;
  }

  /** Bytes of all residents. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Room for floats that are lent; undefined where there is none. What is in it is whatever was there. */
  lend(length: number): number | undefined {
    return length < SMALLEST ? undefined : this.#take(length);
  }

  /** Floats in the room of that address, as memory that can be kept or given back. */
  lent(address: number, length: number): HostMemory {
    const values = new Float32Array(this.#heap.memory.buffer, address, length);
    const memory = { ...hostMemory('float32', values), address, isLent: true };
    this.#register(memory);
    return memory;
  }

  /** The room is not needed after all. */
  giveUp(address: number, length: number): void {
    this.#free({ address, bytes: 4 * length + SLACK });
  }

  /** Lent memory moves out and becomes ordinary. */
  keep(memory: HostMemory): void {
    const values = memory.values.slice();
    this.giveBack(memory);
    memory.values = values;
  }

  /** Nobody reads lent memory any more. */
  giveBack(memory: HostMemory): void {
    this.#net.unregister(memory);
    this.#free(placeOf(memory));
    memory.values = new Float32Array();
    memory.address = undefined;
    memory.isLent = false;
  }

  /** Moves a memory in, the second time that it is written into, where there is room without asking anybody for it. */
  welcome(memory: HostMemory): void {
    const { length, version = 0 } = memory;
    if (memory.address !== undefined || version < 1 || length < SMALLEST) return;
    const { values } = memory;
    if (!(values instanceof Float32Array)) return;
    const address = this.#take(values.length);
    if (address === undefined) return;
    const resident = new Float32Array(this.#heap.memory.buffer, address, values.length);
    resident.set(values);
    memory.values = resident;
    memory.address = address;
    this.#register(memory);
  }

  #take(length: number): number | undefined {
    const bytes = 4 * length + SLACK;
    if (this.#bytes + bytes > this.#limit || this.#heap.used + bytes > this.#heap.limit) {
      return undefined;
    }
    const address = this.#heap.take(bytes);
    this.#bytes += bytes;
    return address;
  }

  #register(memory: HostMemory): void {
    this.#net.register(memory, placeOf(memory), memory);
  }

  #free({ address, bytes }: Place): void {
    this.#bytes -= bytes;
    this.#heap.give(address, bytes);
  }
}

interface Place {
  readonly address: number;
  readonly bytes: number;
}

function placeOf({ address, values }: HostMemory): Place {
  return { address: address as number, bytes: values.byteLength + SLACK };
}
