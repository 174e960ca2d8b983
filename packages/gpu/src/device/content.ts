import { type TypedArray, UnrollError } from '@unroll/backend';
import type { Handle } from './gpu-js.ts';

/** Where what a memory holds lies on the device; kept apart so that it outlives the content in the registry. */
interface Place {
  handle?: Handle | undefined;
}

const dropped = new FinalizationRegistry<Place>((place) => place.handle?.delete());

/**
 * What a memory holds at one moment. It never changes: a write gives the memory another content, so that kernels which
 * were submitted before read what they were meant to. Its values are on the host, on the device, or still to come.
 */
export class Content {
  readonly length: number;
  /** Known without asking the device. */
  host: TypedArray | undefined;
  /** Why there are no values, and will be none. */
  error: unknown;
  readonly #place: Place = {};

  constructor(length: number, host?: TypedArray) {
    this.length = length;
    this.host = host;
  }

  get handle(): Handle | undefined {
    return this.#place.handle;
  }

  /** Frees the device's memory now; who reads it afterwards is told so. */
  free(): void {
    if (this.#place.handle === undefined) return;
    this.#place.handle.delete();
    this.#place.handle = undefined;
    this.error ??= new UnrollError('gpu', 'this value was freed when the recurrence was released');
  }

  /** Says where the values lie from now on; they are freed when nobody has the content any more. */
  settle(handle: Handle): void {
    this.#place.handle = handle;
    dropped.register(this, this.#place);
  }
}
