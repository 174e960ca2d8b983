import type { NumericError } from '@unroll/backend';
import { ReduceLROnPlateau } from '@unroll/optimizers';
import {
  giveTurn,
  here,
  randomState,
  type StateTree,
  type StepMemory,
  setRandomState,
  type Workplace,
} from '@unroll/tensor';
import { diagnose } from './diagnose.ts';
import type { Window } from './feed.ts';
import { parametersOf } from './gradients.ts';
import type { StepRecord } from './history.ts';
import { type Learnt, learn } from './learn.ts';
import type { Parts } from './options.ts';
import { Snapshot } from './snapshot.ts';
import { type About, UnreadSteps } from './unread.ts';

/** What was read: records of steps, and the error of the one behind them, where that was not finite. */
export interface Reading {
  readonly records: readonly StepRecord[];
  readonly error?: NumericError;
}

/** Does training steps, one after the other, at a workplace. */
export class Stepper {
  place: Workplace = here;
  /** The state that the next window may start with. */
  carried: StateTree | undefined;
  readonly #parts: Parts;
  readonly #memory: StepMemory;
  readonly #unread: UnreadSteps;
  readonly #snapshot: Snapshot;

  /** @param memory what steps compute in */
  constructor(parts: Parts, memory: StepMemory) {
    this.#parts = parts;
    this.#memory = memory;
    this.#unread = new UnreadSteps(memory);
    this.#snapshot = new Snapshot(parts);
  }

  /** Steps that were submitted and not read. */
  get unread(): number {
    return this.#unread.steps.length;
  }

  /** Whether reading a loss would wait for a device. */
  get isFar(): boolean {
    const [first] = parametersOf(this.#parts.optimizer);
    return first.storage.backend.readSync === undefined;
  }

  /**
   * A step whose loss is looked at before anything is written.
   *
   * @param kept where the last checkpoint is, for an error
   * @throws NumericError for a loss or gradient that is not finite
   */
  async step(window: Window, about: About, kept: string): Promise<StepRecord> {
    const random = randomState();
    const { loss, norm, state } = this.#learn(window);
    // Both are asked for at once: a device answers them together.
    const [value, gradNorm] = await Promise.all([loss.item(), norm.item()]);
    const record = recordOf(about, value, gradNorm);
    if (!isSound(record)) throw await this.#diagnose(record, window, random, kept);
    this.#update(state);
    return record;
  }

  /** A step that nothing is read of. */
  async submit(window: Window, about: About): Promise<void> {
    const random = randomState();
    if (this.unread === 0) this.#snapshot.take(this.place, this.carried);
    const { loss, norm, state } = this.#learn(window);
    this.#unread.add({ about, loss: loss.detach(), norm, window, random });
    this.#update(state);
    // Nothing has waited: timers and abort signals have not had their turn, and the device has not begun.
    await giveTurn();
  }

  /** Waits for all that was submitted. At an error all is as it was before the step that it names. */
  async read(kept: string): Promise<Reading> {
    if (this.unread === 0) return { records: [] };
    const values = await this.#unread.read(this.place);
    const all = values.map(([loss, norm], i) => recordOf(this.#unread.steps[i].about, loss, norm));
    const bad = all.findIndex((record) => !isSound(record));
    const error = bad < 0 ? undefined : await this.#goBack(bad, all[bad], kept);
    this.drop();
    return error ? { records: all.slice(0, bad), error } : { records: all };
  }

  /** Gives up what was submitted and not read. */
  drop(): void {
    this.#unread.drop();
    this.#snapshot.drop();
  }

  /** Goes back to before an unread step by doing those before it again, and finds out what is wrong with it. */
  async #goBack(bad: number, record: StepRecord, kept: string): Promise<NumericError> {
    const { steps } = this.#unread;
    this.carried = this.#snapshot.restore(this.place);
    for (const { window, random } of steps.slice(0, bad)) {
      setRandomState(random);
      this.#update(this.#learn(window).state);
      this.#memory.release(window);
    }
    const { window, random } = steps[bad];
    return this.#diagnose(record, window, random, kept);
  }

  #diagnose(
    { step, loss, gradNorm }: StepRecord,
    window: Window,
    random: ReturnType<typeof randomState>,
    kept: string,
  ): Promise<NumericError> {
    const { model } = this.#parts;
    const again = () => void this.#learn(window);
    return diagnose({ step, loss, gradNorm, model, input: window.input, random, kept, again });
  }

  #learn(window: Window): Learnt {
    return this.place.within(() => learn(this.#parts, window, this.carried, this.#memory));
  }

  #update(state: StateTree | undefined): void {
    const { optimizer, schedule } = this.#parts;
    this.place.within(() => this.#memory.run(() => optimizer.step()));
    if (!(schedule instanceof ReduceLROnPlateau)) schedule?.step();
    this.carried = state;
  }
}

/** In this order, in which a checkpoint writes them. */
function recordOf({ step, epoch, lr, tokens }: About, loss: number, gradNorm: number): StepRecord {
  return { step, epoch, loss, gradNorm, lr, tokens };
}

function isSound({ loss, gradNorm }: StepRecord): boolean {
  return Number.isFinite(loss + gradNorm);
}
