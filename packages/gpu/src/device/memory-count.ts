/** What lies on a device now. */
export interface MemoryInUse {
  readonly buffers: number;
  /** Of their values; a driver may round up. */
  readonly bytes: number;
}

/** Counts what lies on a device. */
export class MemoryCount {
  #buffers = 0;
  #bytes = 0;

  add(bytes: number): void {
    this.#buffers++;
    this.#bytes += bytes;
  }

  remove(bytes: number): void {
    this.#buffers--;
    this.#bytes -= bytes;
  }

  inUse(): MemoryInUse {
    return { buffers: this.#buffers, bytes: this.#bytes };
  }
}
