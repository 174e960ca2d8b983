import type { Backend } from '@unroll/backend';
import { computeOn } from '../core/engine.ts';
import type { Place, Storage } from '../core/storage.ts';
import type { Tensor } from '../core/tensor.ts';
import { bring, type Workplace } from './workplace.ts';

/**
 * Copies of tensors on another backend, which take the place of the tensors while a function runs: what it reads and
 * writes are the copies. Nobody sees them in between, because the function is synchronous.
 */
export class Copies implements Workplace {
  readonly backend: Backend;
  readonly #places = new Map<Storage, Place>();

  /** @param tensors they lie where they can be read at once */
  constructor(backend: Backend, tensors: Iterable<Tensor>) {
    this.backend = backend;
    const storages = new Set([...tensors].map(({ storage }) => storage));
    for (const storage of storages) {
      if (backend.dtypes.includes(storage.memory.dtype)) {
        this.#places.set(storage, this.#copy(storage));
      }
    }
  }

  /** Copies anew what was written since it was copied. */
  renew(): void {
    for (const [storage, { version }] of this.#places) {
      if (version !== storage.version) this.#places.set(storage, this.#copy(storage));
    }
  }

  within<T>(fn: () => T): T {
    this.#exchange();
    try {
      return computeOn(this.backend, fn);
    } finally {
      this.#exchange();
    }
  }

  bring: Workplace['bring'] = (x) => bring(this.backend, x);

  #exchange(): void {
    for (const [storage, place] of this.#places) this.#places.set(storage, storage.exchange(place));
  }

  #copy({ backend, operand, version, writer }: Storage): Place {
    const values = backend.readSync?.(operand);
    if (!values) throw new Error(`${backend.name} cannot be read at once`);
    return { backend: this.backend, memory: this.backend.upload(values), version, writer };
  }
}
