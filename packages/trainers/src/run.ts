import type { Backend, NumericError } from '@unroll/backend';
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
  takeTurn,
  type Workplace,
  workplaceOn,
} from '@unroll/tensor';
import { copies } from './checkpoint.ts';
import { diagnose } from './diagnose.ts';
import { evaluateAt } from './evaluate.ts';
import { Feed, type FeedState, type Window } from './feed.ts';
import { bringBatch, tokensOf } from './forward.ts';
import { parametersOf } from './gradients.ts';
import type { Best, StepRecord, ValidRecord } from './history.ts';
import { type Learnt, learn } from './learn.ts';
import type { FitOptions, Parts } from './options.ts';
import { nextReadCount } from './read-count.ts';
import { Snapshot } from './snapshot.ts';
import { readSteps, writeSteps } from './step-rows.ts';
import { bringAll, leavesOf, trialOf, weightsOf } from './trial.ts';
import { type UnreadStep, UnreadSteps } from './unread.ts';

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
  readonly #unread = new UnreadSteps(this.#memory);
  readonly #snapshot: Snapshot;
  /** Steps whose losses are read together. */
  #readCount: number;
  /** Steps of which {@link read} has told. */
  #told = 0;
  #secondsRead = 0;
  #carried: StateTree | undefined;
  #place: Workplace = here;
  #movedTo: Backend | undefined;

  constructor(parts: Parts, options: FitOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#snapshot = new Snapshot(parts);
    this.#readCount = options.readEvery ?? 1;
    this.feed = new Feed(options.train, parts.tbptt?.window, this.#memory);
  }

  /** Steps done, those included whose losses were not read. */
  get step(): number {
    return this.steps.length + this.#unread.size;
  }

  /** Steps done whose losses were not read. */
  get unread(): number {
    return this.#unread.size;
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
    const trial = trialOf(this.#parts, window, this.#carried, { signal, readEvery });
    const backend = await chooseBackend(trial);
    if (backend) await this.moveTo(backend);
  }

  /** Whether reading a loss would have to wait for a device, and need not be done at every step. */
  get #readsLater(): boolean {
    const [first] = parametersOf(this.#parts.optimizer);
    return this.#options.readEvery !== 1 && first.storage.backend.readSync === undefined;
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
   * Learns one window: output, loss, gradients, update. What is computed in between leaves the device at the end. Where
   * reading would wait for the device, the loss is left there until {@link read}.
   *
   * @param kept where the last checkpoint is, for an error
   */
  async train(given: Window, kept: string): Promise<void> {
    const started = performance.now();
    const window = await bringBatch(this.#place, given);
    try {
      if (this.#readsLater) await this.#submit(window);
      else await this.#step(window, kept);
    } finally {
      this.#memory.release(window);
      this.seconds += (performance.now() - started) / 1000;
    }
  }

  /** Whether the next step has to wait for the losses of those before. */
  get mustRead(): boolean {
    return this.step - this.#told >= (this.#readsLater ? this.#readCount : 1);
  }

  /**
   * The records of the steps since the last call.
   *
   * @returns with the error, where a step of them was not finite: then the run is as it was before that step
   */
  async read(kept: string): Promise<{ records: StepRecord[]; error?: NumericError }> {
    const started = performance.now();
    const error = this.#unread.size > 0 ? await this.#readUnread(kept) : undefined;
    this.seconds += (performance.now() - started) / 1000;
    const records = this.steps.slice(this.#told);
    if (this.#options.readEvery === undefined && records.length > 0) {
      const milliseconds = 1000 * (this.seconds - this.#secondsRead);
      this.#readCount = nextReadCount(records.length, milliseconds);
    }
    this.#toldAll();
    return { records, ...(error ? { error } : {}) };
  }

  /** A step whose loss is looked at before anything is written. */
  async #step(window: Window, kept: string): Promise<void> {
    const random = randomState();
    const carried = this.#carried;
    const learning = () => learn(this.#parts, window, carried, this.#memory);
    const { loss, norm, state } = this.#place.within(learning);
    // Both are asked for at once: a device answers them together.
    const [value, gradNorm] = await Promise.all([loss.item(), norm.item()]);
    const about = this.#about(window);
    if (!Number.isFinite(value + gradNorm)) {
      const { model } = this.#parts;
      const again = () => void this.#place.within(learning);
      const { input } = window;
      const { step } = about;
      throw await diagnose({ step, loss: value, gradNorm, model, input, random, kept, again });
    }
    this.#update(state);
    this.#done({ ...about, loss: value, gradNorm });
  }

  /** A step that nothing is read of. */
  async #submit(window: Window): Promise<void> {
    const random = randomState();
    if (this.#unread.size === 0) this.#snapshot.take(this.#place, this.#carried);
    const { loss, norm, state } = this.#learn(window);
    this.#unread.add({ about: this.#about(window), loss: loss.detach(), norm, window, random });
    this.#update(state);
    // Nothing has waited, so timers and abort signals have not had their turn.
    await takeTurn();
  }

  #learn(window: Window): Learnt {
    return this.#place.within(() => learn(this.#parts, window, this.#carried, this.#memory));
  }

  #update(state: StateTree | undefined): void {
    const { optimizer, schedule } = this.#parts;
    this.#place.within(() => this.#memory.run(() => optimizer.step()));
    if (!(schedule instanceof ReduceLROnPlateau)) schedule?.step();
    this.#carried = state;
  }

  #about(window: Window): UnreadStep['about'] {
    const { lr } = this.#parts.optimizer;
    return { step: this.step + 1, epoch: this.feed.epoch, lr, tokens: tokensOf(window) };
  }

  #done(record: StepRecord): void {
    this.steps.push(record);
    this.tokens += record.tokens;
  }

  async #readUnread(kept: string): Promise<NumericError | undefined> {
    const records = await this.#unread.read(this.#place);
    const bad = records.findIndex(({ loss, gradNorm }) => !Number.isFinite(loss + gradNorm));
    const steps = this.#unread.take();
    for (const record of bad < 0 ? records : records.slice(0, bad)) this.#done(record);
    const error = bad < 0 ? undefined : await this.#goBack(steps, records[bad], kept);
    this.#snapshot.drop();
    return error;
  }

  /** Goes back to before a step that was not finite, by doing those before it again, and finds out what is wrong with it. */
  async #goBack(
    steps: readonly UnreadStep[],
    { step, loss, gradNorm }: StepRecord,
    kept: string,
  ): Promise<NumericError> {
    this.#carried = this.#snapshot.restore(this.#place);
    const failed = steps.findIndex(({ about }) => about.step === step);
    for (const { window, random } of steps.slice(0, failed)) {
      setRandomState(random);
      this.#update(this.#learn(window).state);
      this.#memory.release(window);
    }
    const { window, random } = steps[failed];
    const { model } = this.#parts;
    const again = () => void this.#learn(window);
    return diagnose({ step, loss, gradNorm, model, input: window.input, random, kept, again });
  }

  #toldAll(): void {
    this.#told = this.step;
    this.#secondsRead = this.seconds;
  }

  /** Ends a run: what it carried on is given up. */
  async close(): Promise<void> {
    this.#unread.take();
    this.#snapshot.drop();
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
    this.#unread.take();
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
    this.#toldAll();
  }
}
