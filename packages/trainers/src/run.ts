import type { Backend } from '@unroll/backend';
import { ReduceLROnPlateau } from '@unroll/optimizers';
import {
  chooseBackend,
  currentAuto,
  currentBackend,
  here,
  moveToBackend,
  type RandomState,
  randomState,
  type StateTree,
  StepMemory,
  setRandomState,
  type Tensor,
  type Workplace,
  workplaceOn,
} from '@unroll/tensor';
import { copies } from './checkpoint.ts';
import { diagnose } from './diagnose.ts';
import { evaluateAt } from './evaluate.ts';
import { Feed, type FeedState, type Window } from './feed.ts';
import { bringBatch, tokensOf } from './forward.ts';
import type { Best, StepRecord, ValidRecord } from './history.ts';
import { learn } from './learn.ts';
import type { FitOptions, Parts } from './options.ts';
import { readSteps, writeSteps } from './step-rows.ts';
import { bringAll, leavesOf, trialOf, weightsOf } from './trial.ts';

/** What a checkpoint holds. */
export interface RunState {
  readonly model: Record<string, Tensor>;
  readonly optimizer: unknown;
  readonly schedule: unknown;
  readonly random: RandomState;
  readonly feed: FeedState;
  readonly carried: StateTree | undefined;
  readonly best: (Best & { readonly weights?: Record<string, Tensor> | undefined }) | undefined;
  readonly tokens: number;
  readonly seconds: number;
  /** Absent in checkpoints of older versions. */
  readonly waiting?: number;
  readonly epochEnd: number;
  readonly steps: readonly (readonly number[])[];
  readonly valid: readonly ValidRecord[];
}

/** A run between two steps: everything that the next step depends on, and what is known about those before. */
export class Run {
  readonly feed: Feed;
  readonly steps: StepRecord[] = [];
  readonly valid: ValidRecord[] = [];
  best: RunState['best'];
  tokens = 0;
  seconds = 0;
  /** Seconds spent waiting for data. */
  waiting = 0;
  /** The step at which the last epoch ended. */
  epochEnd = 0;
  readonly #parts: Parts;
  readonly #options: FitOptions;
  readonly #memory = new StepMemory('a training step');
  #carried: StateTree | undefined;
  #place: Workplace = here;
  #movedTo: Backend | undefined;

  constructor(parts: Parts, options: FitOptions) {
    this.#parts = parts;
    this.#options = options;
    this.feed = new Feed(options.train, parts.tbptt?.window, this.#memory);
  }

  /** Steps done. */
  get step(): number {
    return this.steps.length;
  }

  /** Validations since the best one. */
  get disappointments(): number {
    const { best } = this;
    return best ? this.valid.filter(({ step }) => step > best.step).length : 0;
  }

  /** The backend that it computes on. */
  get backend(): Backend {
    return this.#movedTo ?? currentBackend();
  }

  /** Under `auto`, times a first window and moves to where it went faster. */
  async chooseBackend(window: Window): Promise<void> {
    if (!currentAuto()) return;
    const { signal } = this.#options;
    const backend = await chooseBackend(trialOf(this.#parts, window, this.#carried, signal));
    if (backend) await this.moveTo(backend);
  }

  /** From now on it computes on a backend: all that it reads and writes moves there. */
  async moveTo(backend: Backend): Promise<void> {
    const { model, optimizer } = this.#parts;
    const place = workplaceOn(backend);
    const remembered = this.#memory.run(() => optimizer.stateDict());
    const gradients = model.parameters().flatMap(({ grad }) => grad ?? []);
    const carried = this.#carried ? leavesOf(this.#carried) : [];
    await moveToBackend(backend, [...weightsOf(this.#parts), ...gradients, ...carried]);
    const state = await bringAll(place, remembered.state);
    place.within(() => optimizer.loadStateDict({ ...remembered, state }));
    [this.#place, this.#movedTo] = [place, backend];
  }

  /** Brings everything back from where it has moved. */
  async moveBack(): Promise<void> {
    if (!this.#movedTo) return;
    await this.moveTo(currentBackend());
    [this.#place, this.#movedTo] = [here, undefined];
  }

  /** Where it has moved to is no more, and model and optimizer are here already: it goes on here, from a state to be loaded. */
  stayHere(): void {
    [this.#place, this.#movedTo, this.#carried] = [here, undefined, undefined];
  }

  /** The next window, or undefined at the end of an epoch. */
  async next(): Promise<Window | undefined> {
    const started = performance.now();
    try {
      return await this.feed.next();
    } finally {
      this.waiting += (performance.now() - started) / 1000;
    }
  }

  /**
   * Learns one window: output, loss, gradients, update. What is computed in between leaves the device at the end.
   *
   * @param kept where the last checkpoint is, for an error
   */
  async train(given: Window, kept: string): Promise<StepRecord> {
    const started = performance.now();
    const window = await bringBatch(this.#place, given);
    try {
      return await this.#step(window, kept, started);
    } finally {
      this.#memory.release(window);
    }
  }

  async #step(window: Window, kept: string, started: number): Promise<StepRecord> {
    const { optimizer, schedule } = this.#parts;
    const random = randomState();
    const carried = this.#carried;
    const learning = () => learn(this.#parts, window, carried, this.#memory);
    const { loss, norm, state } = this.#place.within(learning);
    // Both are asked for at once: a device answers them together.
    const [value, gradNorm] = await Promise.all([loss.item(), norm.item()]);
    const step = this.step + 1;
    if (!Number.isFinite(value + gradNorm)) {
      const { model } = this.#parts;
      const again = () => void this.#place.within(learning);
      const { input } = window;
      throw await diagnose({ step, loss: value, gradNorm, model, input, random, kept, again });
    }
    const { lr } = optimizer;
    this.#place.within(() => this.#memory.run(() => optimizer.step()));
    if (!(schedule instanceof ReduceLROnPlateau)) schedule?.step();
    this.#carried = state;
    const tokens = tokensOf(window);
    const record = { step, epoch: this.feed.epoch, loss: value, gradNorm, lr, tokens };
    this.steps.push(record);
    this.tokens += tokens;
    this.seconds += (performance.now() - started) / 1000;
    return record;
  }

  /** Ends a run: what it carried on is given up. */
  async close(): Promise<void> {
    this.#memory.release();
    await this.feed.close();
  }

  /** Measures and remembers how good the model is; undefined when it was broken off. */
  async validate(): Promise<ValidRecord | undefined> {
    const { model, loss, schedule } = this.#parts;
    const { valid, signal } = this.#options;
    if (!valid) return undefined;
    const measured = await evaluateAt(this.#place, model, valid, { loss, signal });
    if (!measured) return undefined;
    const record = { step: this.step, ...measured };
    this.valid.push(record);
    if (schedule instanceof ReduceLROnPlateau) schedule.step(record.loss);
    if (!this.best || record.loss < this.best.loss) {
      const weights = this.restoresBest ? await copies(model.stateDict()) : undefined;
      this.best = { step: this.step, loss: record.loss, weights };
    }
    return record;
  }

  /** Whether the run ends with its best weights. */
  get restoresBest(): boolean {
    return this.#options.restoreBest ?? this.#options.patience !== undefined;
  }

  /** What is copied for it leaves the device at the end of the next step. */
  stateDict(): RunState {
    const { model, optimizer, schedule } = this.#parts;
    return {
      model: model.stateDict(),
      optimizer: this.#memory.run(() => optimizer.stateDict()),
      schedule: schedule?.stateDict(),
      random: randomState(),
      feed: this.feed.stateDict(),
      carried: this.#carried,
      best: this.best,
      tokens: this.tokens,
      seconds: this.seconds,
      waiting: this.waiting,
      epochEnd: this.epochEnd,
      steps: writeSteps(this.steps),
      valid: this.valid,
    };
  }

  loadStateDict(state: RunState): void {
    const { model, optimizer, schedule } = this.#parts;
    this.feed.loadStateDict(state.feed);
    model.loadStateDict(state.model);
    optimizer.loadStateDict(state.optimizer as never);
    schedule?.loadStateDict(state.schedule as never);
    setRandomState(state.random);
    this.#carried = state.carried;
    this.best = state.best;
    this.tokens = state.tokens;
    this.seconds = state.seconds;
    this.waiting = state.waiting ?? 0;
    this.epochEnd = state.epochEnd;
    this.steps.splice(0, Infinity, ...readSteps(state.steps));
    this.valid.splice(0, Infinity, ...state.valid);
  }
}
