/** What the main thread wants of a worker; the code is sent when the worker has not got it yet. */
export interface Letter {
  readonly serial: number;
  /** JSON. */
  readonly text: string;
  readonly code: Uint8Array | undefined;
  /** Where the worker keeps what it makes of the code. */
  readonly codeSlot: number;
  /** Where it keeps what it has read. */
  readonly slot: number;
}

/** Words that all workers read. */
const shared = {
  ...{ serial: 0, phase: 1, cancelled: 2, pages: 3, at: 4 },
  ...{ text: 5, code: 6, codeSlot: 7, slot: 8 },
};
/** Words of one worker: whether it is ready, the call it is to answer, the last one answered, bytes of its error. */
const own = { ready: 0, call: 1, done: 2, error: 3 };

/** One cache line of words for all, then one for each worker, then their errors. */
const LINE = 16;
const ERROR_BYTES = 1024;
const PAGE = 65_536;
/** Looks before going to sleep: about twenty microseconds, less than a sleep and its end take. */
const SPINS = 2000;

/**
 * A place in shared memory where the main thread leaves work for workers, and they their answers. Nothing is written for
 * a worker that has not answered.
 */
export class Mailbox {
  readonly address: number;
  readonly #memory: WebAssembly.Memory;
  readonly #workers: number;
  readonly #words: Int32Array;

  /** Bytes that it takes. */
  static size(workers: number): number {
    return 4 * LINE * (1 + workers) + ERROR_BYTES * workers;
  }

  constructor(memory: WebAssembly.Memory, address: number, workers: number) {
    this.#memory = memory;
    this.address = address;
    this.#workers = workers;
    this.#words = new Int32Array(memory.buffer, address, LINE * (1 + workers));
  }

  clear(): void {
    this.#words.fill(0);
  }

  /** Leaves a letter at `address`, where there is room for it. */
  write(address: number, text: Uint8Array, { serial, code, codeSlot, slot }: Letter): void {
    const bytes = new Uint8Array(this.#memory.buffer);
    bytes.set(text, address);
    if (code) bytes.set(code, address + text.length);
    this.#words[shared.serial] = serial;
    this.#words[shared.at] = address;
    this.#words[shared.text] = text.length;
    this.#words[shared.code] = code?.length ?? 0;
    this.#words[shared.codeSlot] = codeSlot;
    this.choose(slot);
  }

  /** The next calls are about what the workers have kept in this slot. */
  choose(slot: number): void {
    this.#words[shared.slot] = slot;
    this.#words[shared.cancelled] = 0;
  }

  /** Wakes a worker to do a phase of what the letter says; gives the number of this call. */
  call(worker: number, phase: number): number {
    this.#words[shared.phase] = phase;
    this.#words[shared.pages] = this.#memory.buffer.byteLength / PAGE;
    const at = wordOf(worker, own.call);
    const call = Atomics.add(this.#words, at, 1) + 1;
    Atomics.notify(this.#words, at);
    return call;
  }

  /** Waits until a worker has answered a call; false when `milliseconds` have passed. */
  answered(worker: number, call: number, milliseconds: number): boolean {
    const end = performance.now() + milliseconds;
    const at = wordOf(worker, own.done);
    for (;;) {
      const done = this.#spin(at, call - 1);
      if (done === call) return true;
      const left = end - performance.now();
      if (left <= 0) return false;
      Atomics.wait(this.#words, at, done, left);
    }
  }

  /** Asks the workers to stop where they are. */
  cancel(): void {
    Atomics.store(this.#words, shared.cancelled, 1);
  }

  get cancelled(): boolean {
    return Atomics.load(this.#words, shared.cancelled) === 1;
  }

  /** The error of a worker's last call, if there was one. */
  errorOf(worker: number): string | undefined {
    const length = this.#words[wordOf(worker, own.error)];
    if (length === 0) return undefined;
    const start = this.#errorAt(worker);
    return new TextDecoder().decode(this.#copy(start, length));
  }

  get ready(): boolean {
    return Array.from({ length: this.#workers }, (_, i) => i).every((worker) => {
      return Atomics.load(this.#words, wordOf(worker, own.ready)) === 1;
    });
  }

  // What follows is the worker's side.

  setReady(worker: number): void {
    Atomics.store(this.#words, wordOf(worker, own.ready), 1);
  }

  /** The slot that a call is about. */
  get slot(): number {
    return this.#words[shared.slot];
  }

  /** Sleeps until there is a call after `last`. */
  next(worker: number, last: number): { call: number; phase: number } {
    const at = wordOf(worker, own.call);
    while (this.#spin(at, last) === last) Atomics.wait(this.#words, at, last);
    // Another thread's growing may not be known here yet; asking for nothing makes it so.
    if (this.#memory.buffer.byteLength < PAGE * this.#words[shared.pages]) this.#memory.grow(0);
    return { call: Atomics.load(this.#words, at), phase: this.#words[shared.phase] };
  }

  /** The letter, or undefined when it is the one that was read before. */
  read(serial: number): Letter | undefined {
    const words = this.#words;
    if (words[shared.serial] === serial) return undefined;
    const [start, length, code] = [words[shared.at], words[shared.text], words[shared.code]];
    return {
      serial: words[shared.serial],
      text: new TextDecoder().decode(this.#copy(start >>> 0, length)),
      code: code > 0 ? this.#copy((start >>> 0) + length, code) : undefined,
      codeSlot: words[shared.codeSlot],
      slot: words[shared.slot],
    };
  }

  /** Says that a call is done, or why not. */
  answer(worker: number, call: number, error?: string): void {
    const text = new TextEncoder().encode(error ?? '').slice(0, ERROR_BYTES);
    new Uint8Array(this.#memory.buffer).set(text, this.#errorAt(worker));
    this.#words[wordOf(worker, own.error)] = text.length;
    const at = wordOf(worker, own.done);
    Atomics.store(this.#words, at, call);
    Atomics.notify(this.#words, at);
  }

  #errorAt(worker: number): number {
    return this.address + 4 * LINE * (1 + this.#workers) + ERROR_BYTES * worker;
  }

  /** A decoder takes no shared memory. */
  #copy(start: number, length: number): Uint8Array<ArrayBuffer> {
    const copy = new Uint8Array(length);
    copy.set(new Uint8Array(this.#memory.buffer, start, length));
    return copy;
  }

  /** Looks for a while whether a word changes; its value. */
  #spin(at: number, value: number): number {
    let now = value;
    for (let i = 0; i < SPINS && now === value; i++) now = Atomics.load(this.#words, at);
    return now;
  }
}

function wordOf(worker: number, word: number): number {
  return LINE * (1 + worker) + word;
}
