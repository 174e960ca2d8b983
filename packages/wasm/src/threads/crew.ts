import type { Heap } from '../memory/heap.ts';
import { type Letter, Mailbox } from './mailbox.ts';
import type { SharedWork } from './shared-work.ts';
import { type Beginning, spawn, type Thread } from './spawn.ts';
import { ThreadError } from './thread-error.ts';

export type CrewOptions = Pick<Beginning, 'kernels' | 'tile' | 'library' | 'workers'> & {
  readonly url: string | URL;
};

/** Compiled codes that a worker keeps at once, and jobs. */
const SLOTS = 32;
/** The slot of a job that does not come again. */
const ONCE = SLOTS;
/** How long a worker that was asked to stop has for it. */
const GRACE = 1000;

/** The workers that were started together, and what they have got so far. */
export class Crew {
  readonly #heap: Heap;
  readonly #mailbox: Mailbox;
  readonly #threads: Thread[] = [];
  readonly #workers: number;
  /** Which code each slot holds, and how many workers have got it. */
  readonly #codes: { code: Uint8Array; sent: number }[] = [];
  #nextCode = 0;
  /** The jobs that the workers keep, each in its slot. */
  readonly #jobs: object[] = [];
  #nextJob = 0;
  #serial = 0;
  #letters = { address: 0, bytes: 0 };
  #ended: { readonly reason: unknown } | undefined;

  constructor(heap: Heap, { url, ...options }: CrewOptions) {
    const { workers } = options;
    this.#heap = heap;
    this.#workers = workers;
    this.#mailbox = new Mailbox(heap.memory, heap.take(Mailbox.size(workers)), workers);
    this.#mailbox.clear();
    const ended = (reason: unknown) => {
      this.#ended ??= { reason };
    };
    const { address } = this.#mailbox;
    try {
      for (let index = 0; index < workers; index++) {
        const beginning = { ...options, memory: heap.memory, address, index };
        this.#threads.push(spawn(url, beginning, ended));
      }
    } catch (error) {
      ended(error);
    }
  }

  /** Why one of them is no more; the first reason. */
  get ended(): { readonly reason: unknown } | undefined {
    return this.#ended;
  }

  get ready(): boolean {
    return this.#mailbox.ready;
  }

  /** Leaves work for as many of them as it is for; what they have kept is only named. */
  send({ job, phases, code, count, again }: SharedWork): void {
    const known = this.#jobs.indexOf(job);
    if (known >= 0) {
      this.#mailbox.choose(known);
      return;
    }
    const workers = count - 1;
    const codeSlot = this.#slotOf(code);
    const { sent } = this.#codes[codeSlot];
    this.#codes[codeSlot].sent = Math.max(sent, workers);
    this.#serial += 1;
    const letter: Letter = {
      serial: this.#serial,
      text: JSON.stringify({ job, phases }),
      code: sent < workers ? code : undefined,
      codeSlot,
      slot: again ? this.#slotFor(job) : ONCE,
    };
    const bytes = new TextEncoder().encode(letter.text);
    this.#mailbox.write(this.#roomFor(bytes.length + code.length), bytes, letter);
  }

  /** Has them do a phase while this thread does its own share, then waits for them. */
  phase(phase: number, workers: number, limit: number, own: () => void): void {
    const calls = Array.from({ length: workers }, (_, i) => this.#mailbox.call(i, phase));
    const start = performance.now();
    const failures: unknown[] = [];
    try {
      own();
    } catch (error) {
      failures.push(error);
      this.#mailbox.cancel();
    }
    // Who has as much to do as this thread had may take longer on a busy machine, but not for ever.
    const end = performance.now() + limit + 20 * (performance.now() - start);
    for (const [i, call] of calls.entries()) {
      const error = this.#answer(i, call, end);
      if (error !== undefined) failures.push(error);
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Ends them all. They may still write into their mailbox until they are gone, so nobody else gets it. */
  dismiss(): void {
    for (const thread of this.#threads) thread.terminate();
    if (this.#letters.bytes > 0) this.#heap.give(this.#letters.address, this.#letters.bytes);
  }

  #answer(worker: number, call: number, end: number): ThreadError | undefined {
    const name = `worker ${worker + 1} of ${this.#workers}`;
    const left = Math.max(0, end - performance.now());
    if (!this.#mailbox.answered(worker, call, left)) {
      this.#mailbox.cancel();
      // Late is not gone: it must not write any more when its memory is somebody else's.
      this.#mailbox.answered(worker, call, GRACE);
      this.#ended ??= { reason: 'no answer' };
      return new ThreadError(
        name,
        'did not answer in time, so this step has failed; a new one is started for the next step',
      );
    }
    const error = this.#mailbox.errorOf(worker);
    if (error === undefined) return undefined;
    this.#mailbox.cancel();
    return new ThreadError(name, `failed: ${error}`);
  }

  #slotOf(code: Uint8Array): number {
    const found = this.#codes.findIndex((slot) => slot.code === code);
    if (found >= 0) return found;
    const slot = this.#nextCode;
    this.#nextCode = (slot + 1) % SLOTS;
    this.#codes[slot] = { code, sent: 0 };
    return slot;
  }

  #slotFor(job: object): number {
    const slot = this.#nextJob;
    this.#nextJob = (slot + 1) % SLOTS;
    this.#jobs[slot] = job;
    return slot;
  }

  #roomFor(bytes: number): number {
    if (bytes > this.#letters.bytes) {
      if (this.#letters.bytes > 0) this.#heap.give(this.#letters.address, this.#letters.bytes);
      this.#letters = { address: 0, bytes: 0 };
      this.#letters = { address: this.#heap.take(2 * bytes), bytes: 2 * bytes };
    }
    return this.#letters.address;
  }
}
