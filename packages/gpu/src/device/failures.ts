import { DeviceLostError, OutOfMemoryError, UnrollError } from '@unroll/backend';
import { type Complaint, LARGE, type Link, Refusal } from './link.ts';
import type { MemoryCount } from './memory-count.ts';

const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** Turns what goes wrong on a device into errors that name it. */
export class Failures {
  readonly #link: Link;
  readonly #memory: MemoryCount;

  constructor(link: Link, memory: MemoryCount) {
    this.#link = link;
    this.#memory = memory;
  }

  /** Has values read; where a driver has said something against earlier work, they may be wrong. */
  async read<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    const values = await this.guard('read', bytes, work);
    const complaint = this.#link.complaint();
    if (complaint) throw this.#refused('read', complaint);
    return values;
  }

  /** Does work of an operation that takes bytes on the device; what it gives is worth nothing when the device fails. */
  async guard<T>(operation: string, bytes: number, work: () => Promise<T>): Promise<T> {
    this.#check(operation);
    try {
      const result = await (bytes < LARGE ? work() : this.#link.watch(work));
      this.#check(operation);
      return result;
    } catch (error) {
      this.#check(operation);
      if (error instanceof Refusal) throw this.#refused(operation, error.complaint, bytes);
      throw error;
    }
  }

  #check(operation: string): void {
    const loss = this.#link.loss();
    if (loss !== undefined) throw lost(operation, loss);
  }

  #refused(operation: string, { memory, words }: Complaint, asked?: number): UnrollError {
    if (!memory) return new UnrollError(operation, `the GPU refused work: ${words}`);
    const { bytes: alive } = this.#memory.inUse();
    const what = asked === undefined ? 'a small piece of memory' : mebibytes(asked);
    return new OutOfMemoryError(
      operation,
      `the GPU is out of memory: it was asked for ${what} with ${mebibytes(alive)} alive (${words}). Use smaller batches, windows or layers, or compute on the CPU; what was saved before can be gone on from.`,
      { asked, alive },
    );
  }
}

function lost(operation: string, loss: string): DeviceLostError {
  return new DeviceLostError(
    operation,
    `the GPU was lost, and all values on it (${loss}). useBackend(await backend.renew()) takes a fresh one, useBackend(undefined) the CPU; then make the model anew and load what was saved. Trainer.fit does so by itself where it has a checkpoint.`,
    { loss },
  );
}
