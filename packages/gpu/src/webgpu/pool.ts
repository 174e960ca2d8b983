import type { Link } from '../device/link.ts';
import type { GpuBuffer, GpuDevice } from './api.ts';

/** A buffer that is lent: whoever has taken it gives it back. */
export interface Lent {
  /** Tells buffers apart. */
  readonly id: number;
  readonly buffer: GpuBuffer;
  /** The batch of commands that used it last. */
  batch: number;
}

/** Buffers that nobody uses stay for the next, up to this many bytes together. */
const MOST_IDLE = 2 ** 28;

/**
 * Buffers of one use. Making one costs more than most kernels of a recurrence, and WebGPU fills it with zeros; a training
 * step asks for the sizes that the step before it has given back.
 */
export class Pool {
  /** Bytes that are lent, and bytes that wait to be. */
  lent = 0;
  idle = 0;
  readonly #device: GpuDevice;
  readonly #usage: number;
  readonly #free = new Map<number, Lent[]>();
  #made = 0;

  constructor(device: GpuDevice, usage: number) {
    this.#device = device;
    this.#usage = usage;
  }

  /** A buffer of at least so many bytes, with anything in it. */
  take(bytes: number): Lent {
    const size = this.#sizeOf(bytes);
    this.lent += size;
    const found = this.#free.get(size)?.pop();
    if (found === undefined) {
      const buffer = this.#device.createBuffer({ size, usage: this.#usage });
      return { id: this.#made++, buffer, batch: -1 };
    }
    this.idle -= size;
    return found;
  }

  /**
   * As {@link take}, after having heard whether the device has room for it. WebGPU gives a buffer in any case, and drops
   * the batch that uses one for which there was none.
   *
   * @throws Refusal where it has not
   */
  async takeLarge(bytes: number, watch: Link['watch']): Promise<Lent> {
    const size = this.#sizeOf(bytes);
    if (this.#free.get(size)?.length) return this.take(bytes);
    try {
      return await watch(async () => this.take(bytes));
    } catch (error) {
      this.lent -= size;
      throw error;
    }
  }

  /** Bytes of the buffer that so many are given; the device knows a most, to which nothing is rounded up. */
  #sizeOf(bytes: number): number {
    const { maxStorageBufferBindingSize, maxBufferSize } = this.#device.limits;
    const most = Math.min(maxStorageBufferBindingSize, maxBufferSize);
    return Math.max(bytes, Math.min(rounded(bytes), most));
  }

  /** Takes a buffer back. Commands that use it may still be under way: those that follow come after them. */
  give(lent: Lent): void {
    const { size } = lent.buffer;
    this.lent -= size;
    this.idle += size;
    const free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, [lent]);
    else free.push(lent);
  }

  /** Destroys what is too much to keep; no commands may be waiting to be submitted. */
  trim(): void {
    if (this.idle > MOST_IDLE) this.clear();
  }

  /** Destroys all that is not lent. */
  clear(): void {
    for (const free of this.#free.values()) for (const { buffer } of free) buffer.destroy();
    this.#free.clear();
    this.idle = 0;
  }
}

/** Up to a quarter more, so that batches of almost the same lengths share their buffers. */
function rounded(bytes: number): number {
  const step = Math.max(256, 2 ** Math.floor(Math.log2(bytes) - 2));
  return Math.ceil(bytes / step) * step;
}
