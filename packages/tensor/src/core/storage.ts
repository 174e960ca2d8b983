import { type Backend, bytesOf, type Memory, type Operand, UnrollError } from '@unroll/backend';
import { type Freeable, made, reconsider } from './made.ts';

/** Smaller memory is never freed at a release point: a loss or a metric is read after its step. In bytes. */
const SMALL = 4096;

/** Where values lie, and how often they were written there. */
export type Place = Pick<Storage, 'backend' | 'memory' | 'version' | 'writer'>;

/**
 * Memory that tensors share: a reshaped tensor and a leading window lie in the storage of their source. Its version
 * counts the writes, so that a backward pass knows whether what it saved is still there.
 */
export class Storage implements Freeable {
  /** How many there have been. */
  static made = 0;

  readonly #serial = ++Storage.made;
  #backend: Backend;
  #memory: Memory;
  version = 0;
  /** The operation that wrote last, for the error message. */
  writer = '';
  /** Whether its graph has been through backward, which has left it: a loss, a state that goes on. */
  isResult = false;
  /** Whether a user's own code was handed this gradient, and may keep it. */
  isSeen = false;
  #stays = false;
  /** Where it was freed; empty as long as it is not. */
  #freed = '';
  #holders = 0;

  constructor(backend: Backend, memory: Memory) {
    this.#backend = backend;
    this.#memory = memory;
    if (backend.freeing) made(this);
  }

  /** Whether it was made when there had been so many. */
  isAfter(made: number): boolean {
    return this.#serial > made;
  }

  get backend(): Backend {
    return this.#backend;
  }

  get memory(): Memory {
    return this.#memory;
  }

  /** All of it, as a kernel sees it. */
  get operand(): Operand {
    const { memory } = this;
    return { memory, offset: 0, shape: [memory.length], dtype: memory.dtype };
  }

  /** Lent memory becomes ordinary: somebody may keep it. */
  keep(): void {
    const { lending } = this.backend;
    if (lending?.isLent(this.memory)) lending.keep(this.memory);
  }

  /** Nobody but one has it, who will call one of the other two. */
  lend(): void {
    this.backend.lending?.lend(this.memory);
  }

  /** Nobody has it any more. */
  discard(): void {
    this.lend();
    this.giveBack();
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
    if (this.#stays) backend.freeing?.stay(memory);
    return before;
  }

  written(operation: string): void {
    this.version += 1;
    this.writer = operation;
  }

  /** No release point frees it. */
  stay(): void {
    this.#stays = true;
    this.backend.freeing?.stay(this.memory);
  }

  /** Something that outlives a step has it now, until {@link letGo}: a parameter its gradient, an optimizer its memory. */
  hold(): void {
    this.#holders += 1;
  }

  letGo(): void {
    this.#holders -= 1;
    if (this.backend.freeing && this.#holders === 0) reconsider(this);
  }

  get isHeld(): boolean {
    return this.#holders > 0;
  }

  /** Whether the rules let a release point free it: what is written in place is somebody's for good. */
  isFree(unseen: boolean): boolean {
    if (this.#stays || this.isHeld || this.version > 0) return false;
    return unseen || this.isLarge || this.isOnHost;
  }

  get isLarge(): boolean {
    return this.memory.length * bytesOf(this.memory.dtype) >= SMALL;
  }

  /** Whether the values are on the host as well, so that nothing is lost with the device's memory. */
  get isOnHost(): boolean {
    return this.backend.freeing?.isOnHost(this.memory) ?? true;
  }

  /** At a release point, which messages will call `place`. */
  free(place: string): void {
    if (this.#freed) return;
    if (!this.isOnHost) this.#freed = place;
    this.backend.freeing?.free(this.memory);
  }

  /** @throws UnrollError when a release point has freed it */
  needAlive(): void {
    if (!this.#freed) return;
    throw new UnrollError(
      'tensor',
      `this value was freed at the end of ${this.#freed}, as all that is made there is on ${this.backend.name}. Call keep(x) before that end for what is read later.`,
      { freed: this.#freed },
    );
  }
}
