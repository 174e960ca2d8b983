import type { AttentionJob } from '../attention/attention-job.ts';
import { AttentionShare } from '../attention/attention-share.ts';
import { type Blas, blasOver } from '../blas/blas.ts';
import { findLibrary } from '../blas/find-library.ts';
import { CallsShare } from '../job/calls.ts';
import type { CallsJob } from '../job/calls-job.ts';
import type { Hands } from '../job/hands.ts';
import type { Job, Phase } from '../job/job.ts';
import { Share } from '../job/share.ts';
import type { WasmFunctions } from '../machine/machine.ts';
import { Mailbox } from './mailbox.ts';
import type { Beginning } from './spawn.ts';

/** Work as it is sent: a job and its phases, which are called by number. */
interface Message {
  readonly job: Job | AttentionJob | CallsJob;
  readonly phases: readonly Phase[];
}

interface Work {
  readonly phases: readonly Phase[];
  readonly share: Share | AttentionShare | CallsShare;
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
  /** What it has been sent, by slots. */
  readonly #work: (Work | undefined)[] = [];
  #serial = 0;

  constructor(beginning: Beginning, mailbox: Mailbox) {
    this.#beginning = beginning;
    this.#mailbox = mailbox;
    this.#functions = this.#instance(beginning.kernels);
    const { library, memory } = beginning;
    this.#blas = library === undefined ? undefined : blasOver(findLibrary(library), memory);
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
    const { code, codeSlot, slot } = letter;
    this.#work[slot] = undefined;
    this.#serial = letter.serial;
    if (code) {
      const module = new WebAssembly.Module(code as Uint8Array<ArrayBuffer>);
      this.#stages[codeSlot] = this.#instance(module);
    }
    const { job, phases } = JSON.parse(letter.text) as Message;
    const hands = this.#handsWith(this.#stages[codeSlot] ?? {});
    // The main thread has the first share.
    const index = this.#beginning.index + 1;
    this.#work[slot] = { phases, share: shareOf(job, index, hands) };
  }

  #do(phase: number): void {
    const work = this.#work[this.#mailbox.slot];
    if (work === undefined) throw new TypeError('a letter that could not be read');
    work.share.run(work.phases[phase]);
  }

  #handsWith(stages: WasmFunctions): Hands {
    const { tile } = this.#beginning;
    return {
      functions: this.#functions,
      stages,
      tile,
      blas: this.#blas,
      check: () => {
        if (this.#mailbox.cancelled) throw new Error('given up');
      },
    };
  }

  #instance(module: WebAssembly.Module): WasmFunctions {
    const { memory } = this.#beginning;
    return new WebAssembly.Instance(module, { env: { memory } }).exports as WasmFunctions;
  }
}

function shareOf(job: Message['job'], index: number, hands: Hands): Work['share'] {
  if (!('kind' in job)) return new Share(job, index, hands);
  return job.kind === 'calls'
    ? new CallsShare(job, index, hands)
    : new AttentionShare(job, index, hands);
}
