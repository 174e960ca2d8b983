import type { Backend, Memory } from '@unroll/backend';

/** Where values lie, and how often they were written there. */
export type Place = Pick<Storage, 'backend' | 'memory' | 'version' | 'writer'>;

/**
 * Memory that tensors share: a reshaped tensor and a leading window lie in the storage of their source. Its version
 * counts the writes, so that a backward pass knows whether what it saved is still there.
 */
export class Storage {
  #backend: Backend;
  #memory: Memory;
  version = 0;
  /** The operation that wrote last, for the error message. */
  writer = '';

  constructor(backend: Backend, memory: Memory) {
    this.#backend = backend;
    this.#memory = memory;
  }

  get backend(): Backend {
    return this.#backend;
  }

  get memory(): Memory {
    return this.#memory;
  }

  /** Another place for all tensors that share it; to a backward pass it is a write. */
  move(backend: Backend, memory: Memory): void {
    this.#backend = backend;
    this.#memory = memory;
    this.written('moveToBackend');
  }

  /** Lent memory becomes ordinary: somebody may keep it. */
  keep(): void {
    const { lending } = this.backend;
    if (lending?.isLent(this.memory)) lending.keep(this.memory);
  }

  /** Lent memory goes back: nobody has it any more. */
  giveBack(): void {
    const { lending } = this.backend;
    if (lending?.isLent(this.memory)) lending.giveBack(this.memory);
  }

  /** Has the values of all tensors in it lie in another place from now on; gives the one where they lay. */
  exchange({ backend, memory, version, writer }: Place): Place {
    const before: Place = {
      ...{ backend: this.backend, memory: this.memory },
      ...{ version: this.version, writer: this.writer },
    };
    [this.#backend, this.#memory] = [backend, memory];
    [this.version, this.writer] = [version, writer];
    return before;
  }

  written(operation: string): void {
    this.version += 1;
    this.writer = operation;
  }
}
