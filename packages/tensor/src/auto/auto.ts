import { type Backend, OptionError, refuseUnknownOptions } from '@unroll/backend';
import type { DeviceChoice } from './device-choice.ts';

/** Where answers outlive the process; `localStorage` is one. */
export interface AnswerStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

export interface AutoOptions {
  /** What it is compared with; default: the backend that nobody has to choose. */
  cpu?: Backend;
  /** Where answers are kept for other processes; default: nowhere, only this process remembers them. */
  store?: AnswerStore;
  /** Called with each choice, when it is made. */
  tell?(choice: DeviceChoice): void;
}

/** What {@link auto} makes: two backends, and what is known about which one is faster for what. */
export class Auto {
  readonly cpu: Backend | undefined;
  readonly store: AnswerStore | undefined;
  /** What was found here, by program, shapes and machine; the same question at the same time is asked once. */
  readonly answers = new Map<string, Promise<DeviceChoice>>();
  #other: Promise<Backend>;
  readonly #tell: AutoOptions['tell'];
  readonly #choices = new Map<string, DeviceChoice>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(other: Backend | PromiseLike<Backend>, { cpu, store, tell }: AutoOptions) {
    this.cpu = cpu;
    this.store = store;
    this.#tell = tell;
    this.#other = Promise.resolve(other);
    // That there is none is no error before somebody would use it, and then it is a reason.
    this.#other.catch(() => undefined);
  }

  /** The backend that is not the CPU; rejected where there is none. */
  get other(): Promise<Backend> {
    return this.#other;
  }

  /** From now on the other backend is this one: its like on a fresh device, after the one before was lost. */
  replaceOther(fresh: Backend): void {
    this.#other = Promise.resolve(fresh);
  }

  /** The last choice for each kind of run. */
  get choices(): readonly DeviceChoice[] {
    return [...this.#choices.values()];
  }

  /** Notes a choice, and tells of it. */
  note(choice: DeviceChoice): void {
    this.#choices.set(choice.run, choice);
    this.#tell?.(choice);
  }

  /** Runs one function after the other: two measurements at a time would disturb each other. */
  inTurn<T>(fn: () => Promise<T>): Promise<T> {
    const result = this.#last.then(fn);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/**
 * Two backends, the CPU and another, of which every run takes the one that is faster for it: `fit`, `evaluate` and
 * `generate` time their first steps on both, on copies whose results are thrown away, and then compute where it went
 * faster. What is no such run is computed on the CPU. Where the other backend is not there, fails or is not faster, the CPU
 * is taken; `explainDevice()` says what was chosen, and why.
 *
 * @param other a backend, or the promise of one, which may be rejected where there is none
 * @throws OptionError for an option that does not exist, or where `other` is neither
 * @example
 * const slow = reference(); // in earnest: useBackend(auto(gpu()))
 * const before = useBackend(auto(slow));
 * console.log(`${explainDevice()}`);
 * useBackend(before);
 */
export function auto(other: Backend | PromiseLike<Backend>, options: AutoOptions = {}): Auto {
  refuseUnknownOptions('auto', options, { cpu: true, store: true, tell: true });
  if (typeof other !== 'object' || other === null || !('kernels' in other || 'then' in other)) {
    throw new OptionError(
      'auto',
      `needs a backend or the promise of one, as in auto(gpu()); got ${typeof other}`,
    );
  }
  return new Auto(other, options);
}
