import { aligned } from './blocks.ts';
import type { Heap } from './heap.ts';

interface Chunk {
  readonly address: number;
  readonly bytes: number;
}

const SMALLEST_CHUNK = 2 ** 18;

/**
 * Memory borrowed inside one operation. What is borrowed in `during` is given back at its end, in one move, whether it
 * returns or throws. It keeps one chunk as large as the largest operation so far needed.
 */
export class Workspace {
  readonly #heap: Heap;
  #chunks: Chunk[] = [];
  /** Bytes taken of the last chunk. */
  #top = 0;
  #depth = 0;
  #operation = 0;

  constructor(heap: Heap) {
    this.#heap = heap;
    heap.onPressure(() => this.#shrink());
  }

  /** A number that changes when an operation, an outermost call of `during`, begins and when it ends. */
  get operation(): number {
    return this.#operation;
  }

  /** Runs `body` and takes back what it has borrowed. */
  during<T>(body: () => T): T {
    const chunks = this.#chunks.length;
    const top = this.#top;
    if (this.#depth === 0) this.#operation += 1;
    this.#depth += 1;
    try {
      return body();
    } finally {
      this.#depth -= 1;
      if (this.#depth === 0) this.#operation += 1;
      this.#reset(chunks, top);
    }
  }

  /** The address of `bytes` bytes until the end of `during`; a multiple of 64, content as it happens to be. */
  borrow(bytes: number): number {
    if (this.#depth === 0) throw new Error('borrow() belongs inside during()');
    const last = this.#chunks.at(-1);
    if (last === undefined || this.#top + aligned(bytes) > last.bytes) this.#add(bytes);
    const address = this.#chunks[this.#chunks.length - 1].address + this.#top;
    this.#top += aligned(bytes);
    return address;
  }

  #add(bytes: number): void {
    const all = this.#chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
    const generous = Math.max(aligned(bytes), all, SMALLEST_CHUNK);
    const size = this.#heap.used + generous <= this.#heap.limit ? generous : aligned(bytes);
    this.#chunks.push({ address: this.#heap.take(size), bytes: size });
    this.#top = 0;
  }

  /** Back to an earlier state; between operations, several chunks become one as large as all of them. */
  #reset(chunks: number, top: number): void {
    if (this.#depth > 0) {
      for (const chunk of this.#chunks.splice(Math.max(chunks, 0))) this.#give(chunk);
      this.#top = top;
      return;
    }
    this.#top = 0;
    if (this.#chunks.length < 2) return;
    const bytes = this.#chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
    for (const chunk of this.#chunks.splice(0)) this.#give(chunk);
    if (this.#heap.used + bytes > this.#heap.limit) return;
    this.#chunks.push({ address: this.#heap.take(bytes), bytes });
  }

  #shrink(): boolean {
    if (this.#depth > 0 || this.#chunks.length === 0) return false;
    for (const chunk of this.#chunks.splice(0)) this.#give(chunk);
    return true;
  }

  #give({ address, bytes }: Chunk): void {
    this.#heap.give(address, bytes);
  }
}
