import { OptionError } from '@unroll/backend';
import { MOST_PAGES } from '../assembly/module.ts';
import { aligned, Blocks } from './blocks.ts';
import { MemoryError } from './memory-error.ts';

const PAGE = 65_536;
/** Of a full memory the last page stays out of reach, so that the end of a block is still a 32-bit number. */
const MOST_BYTES = (MOST_PAGES - 1) * PAGE;

export interface HeapOptions {
  /** Most bytes that may be in use; 2 GiB without, at most 4 GiB less a page. */
  readonly memoryLimit?: number;
  /** Memory shared between threads. */
  readonly shared?: boolean;
}

/** Gives back what can be done without; says whether it gave anything. */
export type Reclaim = () => boolean;

/**
 * One WebAssembly memory and who has which part of it. It grows when it must; what is idle (cached weights, workspace
 * between operations) is taken back before the limit makes a request fail.
 */
export class Heap {
  readonly memory: WebAssembly.Memory;
  readonly limit: number;
  readonly shared: boolean;
  /** Address 0 stays unused, so that it can say "none". */
  readonly #blocks = new Blocks(aligned(1));
  readonly #reclaims: Reclaim[] = [];
  #floats: Float32Array;
  #bytes: Uint8Array;

  constructor({ memoryLimit = 2 ** 31, shared = false }: HeapOptions = {}) {
    if (!(memoryLimit >= PAGE && memoryLimit <= 2 ** 32)) {
      throw new OptionError(
        'wasm',
        `memoryLimit must be from 65,536 to 2³² bytes; got ${memoryLimit}`,
      );
    }
    this.limit = Math.min(memoryLimit, MOST_BYTES);
    this.shared = shared;
    // What is shared cannot move, so the engine sets its maximum aside.
    const maximum = shared ? Math.floor(this.limit / PAGE) : MOST_PAGES;
    this.memory = new WebAssembly.Memory({ initial: 1, maximum, shared });
    this.#blocks.extend(PAGE - this.#blocks.end);
    this.#floats = new Float32Array(this.memory.buffer);
    this.#bytes = new Uint8Array(this.memory.buffer);
  }

  /** Bytes that are taken. */
  get used(): number {
    return this.#blocks.used;
  }

  /** All of the memory; make no copy of this reference, growing replaces it. */
  get floats(): Float32Array {
    if (this.#floats.buffer !== this.memory.buffer) this.#renew();
    return this.#floats;
  }

  /** The same as bytes. */
  get bytes(): Uint8Array {
    if (this.#bytes.buffer !== this.memory.buffer) this.#renew();
    return this.#bytes;
  }

  /** Is asked, in order of registration, when a request does not fit. */
  onPressure(reclaim: Reclaim): void {
    this.#reclaims.push(reclaim);
  }

  /**
   * The address of `bytes` bytes, a multiple of 64. Their content is whatever was there.
   *
   * @throws MemoryError where the limit or the engine does not allow it
   */
  take(bytes: number): number {
    for (;;) {
      const missing = this.#blocks.missing(bytes);
      if (missing === 0) return this.#blocks.take(bytes)!;
      if (this.#blocks.end + missing <= this.limit) this.#grow(bytes, missing);
      else if (!this.#reclaims.some((reclaim) => reclaim())) throw this.#refusal(bytes);
    }
  }

  give(address: number, bytes: number): void {
    this.#blocks.give(address, bytes);
  }

  /** By a quarter at least, so that growing is rare. */
  #grow(bytes: number, missing: number): void {
    const wanted = Math.max(missing, this.#blocks.end / 4);
    const room = Math.floor(this.limit / PAGE) - this.memory.buffer.byteLength / PAGE;
    const pages = Math.min(Math.ceil(wanted / PAGE), room);
    if (pages * PAGE < missing) throw this.#refusal(bytes);
    try {
      this.memory.grow(pages);
    } catch (error) {
      throw this.#refusal(bytes, error);
    }
    this.#blocks.extend(pages * PAGE);
  }

  #refusal(bytes: number, cause?: unknown): MemoryError {
    return new MemoryError({ bytes, used: this.used, limit: this.limit }, cause);
  }

  #renew(): void {
    this.#floats = new Float32Array(this.memory.buffer);
    this.#bytes = new Uint8Array(this.memory.buffer);
  }
}
