import { type Blas, blasOver } from '../blas/blas.ts';
import { findLibrary } from '../blas/find-library.ts';
import type { WasmFunctions } from '../machine/machine.ts';
import { execute } from '../recurrence/execute.ts';
import type { Job, Phase } from '../recurrence/job.ts';
import { Mailbox } from './mailbox.ts';
import type { Beginning } from './spawn.ts';

/** Work as it is sent: a job and its phases, which are called by number. */
interface Message {
  readonly job: Job;
  readonly phases: readonly Phase[];
}

/** Does its share of whatever comes; never returns. */
export function work(beginning: Beginning): never {
  const { memory, address, workers, index } = beginning;
  const mailbox = new Mailbox(memory, address, workers);
  const member = new Member(beginning, mailbox);
  mailbox.setReady(index);
  for (let last = 0; ; ) {
    const { call, phase } = mailbox.next(index, last);
    mailbox.answer(index, call, member.attempt(phase));
    last = call;
  }
}

/** What a worker has made so far. */
class Member {
  readonly #beginning: Beginning;
  readonly #mailbox: Mailbox;
  readonly #functions: WasmFunctions;
  readonly #stages: WasmFunctions[] = [];
  readonly #blas: Blas | undefined;
  #message: Message | undefined;
  #serial = 0;
  #slot = 0;
  #floats: Float32Array;

  constructor(beginning: Beginning, mailbox: Mailbox) {
    this.#beginning = beginning;
    this.#mailbox = mailbox;
    this.#functions = this.#instance(beginning.kernels);
    const { library, memory } = beginning;
    this.#blas = library === undefined ? undefined : blasOver(findLibrary(library), memory);
    this.#floats = new Float32Array(memory.buffer);
  }

  /** Does a phase; what went wrong, in words, where something did. */
  attempt(phase: number): string | undefined {
    try {
      this.#open();
      this.#do(phase);
      return undefined;
    } catch (error) {
      return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    }
  }

  /** Reads the letter when it is a new one. */
  #open(): void {
    const letter = this.#mailbox.read(this.#serial);
    if (letter === undefined) return;
    const { code, slot } = letter;
    this.#message = undefined;
    this.#serial = letter.serial;
    if (code) {
      const module = new WebAssembly.Module(code as Uint8Array<ArrayBuffer>);
      this.#stages[slot] = this.#instance(module);
    }
    this.#message = JSON.parse(letter.text) as Message;
    this.#slot = slot;
  }

  #do(phase: number): void {
    if (this.#message === undefined) throw new TypeError('a letter that could not be read');
    const { memory, tile, index } = this.#beginning;
    const { job, phases } = this.#message;
    // The main thread has the first share.
    execute(job, phases[phase], index + 1, {
      functions: this.#functions,
      stages: this.#stages[this.#slot],
      tile,
      blas: this.#blas,
      floats: () => {
        if (this.#floats.buffer !== memory.buffer) this.#floats = new Float32Array(memory.buffer);
        return this.#floats;
      },
      check: () => {
        if (this.#mailbox.cancelled) throw new Error('given up');
      },
    });
  }

  #instance(module: WebAssembly.Module): WasmFunctions {
    const { memory } = this.#beginning;
    return new WebAssembly.Instance(module, { env: { memory } }).exports as WasmFunctions;
  }
}
