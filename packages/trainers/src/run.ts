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
  workplaceOn,
} from '@unroll/tensor';
import { copies } from './checkpoint.ts';
import { evaluateAt } from './evaluate.ts';
import { Feed, type FeedState, type Window } from './feed.ts';
import { bringBatch, tokensOf } from './forward.ts';
import type { Best, StepRecord, ValidRecord } from './history.ts';
import type { FitOptions, Parts } from './options.ts';
import { nextReadCount } from './read-count.ts';
import { readSteps, writeSteps } from './step-rows.ts';
import { type Reading, Stepper } from './stepper.ts';
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
  readonly #stepper: Stepper;
  /** Steps whose losses are read together. */
  #readCount: number;
  /** Steps of which {@link read} has told. */
  #told = 0;
  #secondsRead = 0;
  #movedTo: Backend | undefined;

  constructor(parts: Parts, options: FitOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#stepper = new Stepper(parts, this.#memory);
    this.#readCount = options.readEvery ?? 1;
    this.feed = new Feed(options.train, parts.tbptt?.window, this.#memory);
  }

  /** Steps done, those included whose losses were not read. */
  get step(): number {
    return this.steps.length + this.unread;
  }

  /** Steps done whose losses were not read. */
  get unread(): number {
    return this.#stepper.unread;
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
    const { signal, readEvery } = this.#options;
    const trial = trialOf(this.#parts, window, this.#stepper.carried, { signal, readEvery });
    const backend = await chooseBackend(trial);
    if (backend) await this.moveTo(backend);
  }

  /** From now on it computes on a backend: all that it reads and writes moves there. */
  async moveTo(backend: Backend): Promise<void> {
    const { model, optimizer } = this.#parts;
    const place = workplaceOn(backend);
    const remembered = this.#memory.run(() => optimizer.stateDict());
    const gradients = model.parameters().flatMap(({ grad }) => grad ?? []);
    const { carried } = this.#stepper;
    await moveToBackend(backend, [
      ...weightsOf(this.#parts),
      ...gradients,
      ...(carried ? leavesOf(carried) : []),
    ]);
    const state = await bringAll(place, remembered.state);
    place.within(() => optimizer.loadStateDict({ ...remembered, state }));
    [this.#stepper.place, this.#movedTo] = [place, backend];
  }

  /** Brings everything back from where it has moved. */
  async moveBack(): Promise<void> {
    if (!this.#movedTo) return;
    await this.moveTo(currentBackend());
    [this.#stepper.place, this.#movedTo] = [here, undefined];
  }

  /** Where it has moved to is no more, and model and optimizer are here already: it goes on here, from a state to be loaded. */
  stayHere(): void {
    [this.#stepper.place, this.#stepper.carried] = [here, undefined];
    this.#movedTo = undefined;
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
   * Learns one window: output, loss, gradients, update. What is computed in between leaves the device at the end. Where
   * reading would wait for the device, the loss is left there until {@link read}.
   *
   * @param kept where the last checkpoint is, for an error
   */
  async train(given: Window, kept: string): Promise<void> {
    const started = performance.now();
    const stepper = this.#stepper;
    const window = await bringBatch(stepper.place, given);
    const { lr } = this.#parts.optimizer;
    const about = { step: this.step + 1, epoch: this.feed.epoch, lr, tokens: tokensOf(window) };
    try {
      if (this.#readsLater) await stepper.submit(window, about);
      else this.#done([await stepper.step(window, about, kept)]);
    } finally {
      this.#memory.release(window);
      this.seconds += (performance.now() - started) / 1000;
    }
  }

  /** Whether the next step has to wait for the losses of those before. */
  get mustRead(): boolean {
    return this.step - this.#told >= (this.#readsLater ? this.#readCount : 1);
  }

  /** The records of the steps since the last call. At an error the run is as it was before the step that it names. */
  async read(kept: string): Promise<Reading> {
    const started = performance.now();
    const { records, error } = await this.#stepper.read(kept);
    this.seconds += (performance.now() - started) / 1000;
    this.#done(records);
    const told = this.steps.slice(this.#told);
    if (this.#options.readEvery === undefined && told.length > 0) {
      const milliseconds = 1000 * (this.seconds - this.#secondsRead);
      this.#readCount = nextReadCount(told.length, milliseconds);
    }
    this.#toldAll();
    return error ? { records: told, error } : { records: told };
  }

  /** Whether losses are left on a device for some steps. */
  get #readsLater(): boolean {
    return this.#options.readEvery !== 1 && this.#stepper.isFar;
  }

  #done(records: readonly StepRecord[]): void {
    this.steps.push(...records);
    for (const { tokens } of records) this.tokens += tokens;
  }

  #toldAll(): void {
    this.#told = this.step;
    this.#secondsRead = this.seconds;
  }

  /** Ends a run: what it carried on is given up. */
  async close(): Promise<void> {
    this.#stepper.drop();
    this.#memory.release();
    await this.feed.close();
  }

  /** Measures and remembers how good the model is; undefined when it was broken off. */
  async validate(): Promise<ValidRecord | undefined> {
    const { model, loss, schedule } = this.#parts;
    const { valid, signal } = this.#options;
    if (!valid) return undefined;
    const measured = await evaluateAt(this.#stepper.place, model, valid, { loss, signal });
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
      carried: this.#stepper.carried,
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
    this.#stepper.drop();
    this.feed.loadStateDict(state.feed);
    model.loadStateDict(state.model);
    optimizer.loadStateDict(state.optimizer as never);
    schedule?.loadStateDict(state.schedule as never);
    setRandomState(state.random);
    this.#stepper.carried = state.carried;
    this.best = state.best;
    this.tokens = state.tokens;
    this.seconds = state.seconds;
    this.waiting = state.waiting ?? 0;
    this.epochEnd = state.epochEnd;
    this.steps.splice(0, Infinity, ...readSteps(state.steps));
    this.valid.splice(0, Infinity, ...state.valid);
    this.#toldAll();
  }
}
