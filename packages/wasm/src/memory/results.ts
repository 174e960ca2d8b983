import type { Operand } from '@unroll/backend';
import type { Heap } from './heap.ts';
import type { HostMemory } from './host-memory.ts';
import type { Workspace } from './workspace.ts';

/** Vector code may touch so many bytes beyond its data. */
const SLACK = 16;
/** Floats below which a copy costs as little as anything else. */
const SMALLEST = 8192;

/** Where the values of a result are: in the machine's memory, in an array of their own, or in both. */
interface Place {
  readonly length: number;
  /** Undefined when they have moved out. */
  address: number | undefined;
  values: Float32Array | undefined;
  /** The operation that used them last. */
  lastUse: number;
}

/**
 * What a kernel has computed, where it was computed: the kernel that reads it next copies nothing. Who asks for `values`
 * gets an array of their own, made then.
 */
class Result implements HostMemory {
  readonly dtype = 'float32';
  readonly length: number;
  readonly place: Place;
  readonly #results: Results;
  address?: number;
  version = 0;
  isLent = false;

  constructor(results: Results, place: Place) {
    this.#results = results;
    this.place = place;
    this.length = place.length;
  }

  get values(): Float32Array {
    return this.#results.valuesIn(this.place);
  }

  /** Of one that has moved out and becomes a resident. */
  set values(values: Float32Array) {
    this.place.values = values;
  }

  leave(): void {
    this.#results.moveOut(this.place);
    this.isLent = false;
  }
}

/**
 * Results of kernels in the machine's memory, up to a number of bytes. Beyond it the oldest move out into arrays of their
 * own, as all that the garbage collector has found is gone by then without a copy. So nobody has to dispose of anything, and
 * one operation after the other finds its operands where the last one left them.
 */
export class Results {
  readonly #heap: Heap;
  readonly #workspace: Workspace;
  readonly #limit: number;
  readonly #net = new FinalizationRegistry<Place>((place) => this.#free(place));
  /** Those in the machine's memory, the oldest first. */
  readonly #places = new Set<Place>();
  #bytes = 0;

  /** @param limit - Most bytes of results. */
  constructor(heap: Heap, workspace: Workspace, limit: number) {
    this.#heap = heap;
    this.#workspace = workspace;
    this.#limit = limit;
    heap.onPressure(() => this.#moveOldest());
  }

  /** Bytes of all results. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Room for so many floats, which are whatever was there; undefined where they are few or there is none. */
  make(length: number): { memory: HostMemory; address: number } | undefined {
    const bytes = bytesOf(length);
    if (length < SMALLEST || bytes > this.#limit) return undefined;
    while (this.#bytes + bytes > this.#limit) if (!this.#moveOldest()) return undefined;
    const address = this.#heap.take(bytes);
    const { operation: lastUse } = this.#workspace;
    const place: Place = { length, address, values: undefined, lastUse };
    this.#places.add(place);
    this.#bytes += bytes;
    const memory = new Result(this, place);
    this.#net.register(memory, place, place);
    return { memory, address };
  }

  /** Where a result lies, until the end of the operation; undefined where it does not lie in the machine's memory. */
  addressOf({ memory, offset }: Operand): number | undefined {
    if (!(memory instanceof Result)) return undefined;
    const { place } = memory;
    if (place.address === undefined) return undefined;
    place.lastUse = this.#workspace.operation;
    return place.address + 4 * offset;
  }

  /** Nobody but one has this result from now on, who will say when it is not needed any more. */
  lend(memory: HostMemory): void {
    if (memory instanceof Result && memory.place.address !== undefined) memory.isLent = true;
  }

  isResult(memory: HostMemory): boolean {
    return memory instanceof Result;
  }

  /** Somebody may have it after all. */
  keep(memory: HostMemory): void {
    memory.isLent = false;
  }

  /** Nobody will read it any more. */
  giveBack(memory: HostMemory): void {
    const { place } = memory as Result;
    memory.isLent = false;
    this.#net.unregister(place);
    this.#free(place);
  }

  /** An array of the values; they stay in the machine's memory as well. */
  valuesIn(place: Place): Float32Array {
    if (place.values !== undefined) return place.values;
    if (place.address === undefined) throw new Error('a result is read that was given back');
    const start = place.address / 4;
    place.values = this.#heap.floats.slice(start, start + place.length);
    return place.values;
  }

  /** Leaves the machine's memory for good, as what is going to be written must. */
  moveOut(place: Place): void {
    if (place.address === undefined) return;
    this.valuesIn(place);
    this.#net.unregister(place);
    this.#free(place);
  }

  #moveOldest(): boolean {
    for (const place of this.#places) {
      if (place.lastUse === this.#workspace.operation) continue;
      this.moveOut(place);
      return true;
    }
    return false;
  }

  #free(place: Place): void {
    if (!this.#places.delete(place)) return;
    const bytes = bytesOf(place.length);
    this.#bytes -= bytes;
    this.#heap.give(place.address as number, bytes);
    place.address = undefined;
  }
}

function bytesOf(length: number): number {
  return 4 * length + SLACK;
}
