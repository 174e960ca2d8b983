import type { Backend, Memory } from '@unroll/backend';

/**
 * Memory that tensors share: a reshaped tensor and a leading window lie in the storage of their source. Its version
 * counts the writes, so that a backward pass knows whether what it saved is still there.
 */
export class Storage {
  readonly backend: Backend;
  readonly memory: Memory;
  version = 0;
  /** The operation that wrote last, for the error message. */
  writer = '';

  constructor(backend: Backend, memory: Memory) {
    this.backend = backend;
    this.memory = memory;
  }

  written(operation: string): void {
    this.version += 1;
    this.writer = operation;
  }
}
