import { crossEntropy } from '@unroll/nn';
import { manualSeed, resumeBackend } from '@unroll/tensor';
import { type Callback, emit, type RunView } from './callback.ts';
import { type Checkpoint, fromCheckpoint, toCheckpoint } from './checkpoint.ts';
import { DeviceLoss, inWords, type Steps } from './device-loss.ts';
import { type Engine, engineOf, otherEngine } from './engine.ts';
import type { History, Stopped } from './history.ts';
import {
  checkFit,
  checkTrainer,
  type FitOptions,
  type LossFunction,
  type Parts,
  type TrainerOptions,
} from './options.ts';
import { Run, type RunState } from './run.ts';
import { type BatchCheck, type CheckOptions, overfit } from './warnings/overfit.ts';
import { watchedLoss } from './warnings/start.ts';
import { once, type Warn } from './warnings/warning.ts';
import { TrainingWatch } from './warnings/watch.ts';

/**
 * Trains a sequence model.
 *
 * A step: the loss of a batch, its gradients, clipping, the optimizer's update, the schedule. The state is carried from
 * batch to batch where rows go on (`first: false`, as `contiguousWindows` gives them) and the gradient is cut there.
 *
 * @throws OptionError listing all options that do not exist or are out of range
 * @example
 * const tokenizer = CharTokenizer.train(text);
 * const model = new LanguageModel({ vocabSize: tokenizer.vocabSize, hiddenSize: 32 });
 * const optimizer = new Adam(model.parameters(), { lr: 0.002 });
 * const trainer = new Trainer({ model, optimizer, clip: { norm: 1 } });
 * const train = contiguousWindows(tokenizer.encode(text), { batchSize: 8, window: 32 });
 * const history = await trainer.fit({ train, epochs: 2 });
 */
export class Trainer {
  readonly #parts: Parts;
  readonly #classes: () => number | undefined;
  readonly #warn: Warn;

  constructor(options: TrainerOptions) {
    checkTrainer(options);
    const { loss, classes } = watchedLoss(options.loss ?? (crossEntropy as LossFunction));
    this.#parts = { ...options, loss };
    this.#classes = classes;
    this.#warn = once(options.onWarning ?? (({ message }) => console.warn(`Trainer: ${message}`)));
  }

  /**
   * Trains, and gives back what happened. Afterwards the model is in evaluation mode.
   *
   * The event loop gets its turn at every step. A run that was interrupted and resumed, from any step, ends with the same bits
   * as one that was not.
   *
   * A device that is lost does not end it where there is a checkpoint: see `onDeviceLost`.
   *
   * @throws OptionError listing all that is wrong with the options; NumericError for a loss or gradient that is not finite,
   * naming the step and the operation; FileError when a checkpoint cannot be written or read: then the one before is
   * still there, and so is the model as it was trained; DeviceLostError where the run cannot go on, with what would let it;
   * OutOfMemoryError of the device, with where the last checkpoint is
   */
  async fit(options: FitOptions): Promise<History> {
    checkFit(options, this.#parts.callbacks);
    return this.#fit(this.#parts, options, this.#warn);
  }

  /**
   * Whether the net can learn at all: trains on the first batch alone, which a net that learns soon knows by heart. Model,
   * optimizer, random numbers and data are afterwards as they were; neither schedule nor callbacks take part.
   *
   * @returns the loss of the batch before and after, whether it fell below half, and what was noticed: also told to `onWarning`
   * @throws DataError without a batch; OptionError; NumericError for a loss or gradient that is not finite
   * @example
   * const { before, after, overfits } = await trainer.check({ train });
   * if (!overfits) console.log(`from ${before} to ${after}: something is wrong with the net or its data`);
   */
  async check(options: CheckOptions): Promise<BatchCheck> {
    return overfit(this.#parts, options, this.#warn, (...fit) => this.#fit(...fit));
  }

  #fit(parts: Parts, options: FitOptions, warn: Warn): Promise<History> {
    const watch = new TrainingWatch(this.#classes, parts.unkId, warn);
    return new Fit(parts, options, watch).run();
  }
}

/** One call of fit. */
class Fit {
  readonly #parts: Parts;
  readonly #options: FitOptions;
  readonly #watch: TrainingWatch;
  readonly #callbacks: readonly Callback[];
  readonly #run: Run;
  readonly #loss: DeviceLoss;
  #resumedFrom: number | undefined;
  /** Whether it is settled where it computes. */
  #placed = false;
  /** What stood in the last checkpoint. */
  #saved = { step: 0, mark: '' };
  #before = { tokens: 0, seconds: 0 };

  constructor(parts: Parts, options: FitOptions, watch: TrainingWatch) {
    this.#parts = parts;
    this.#options = options;
    this.#watch = watch;
    this.#callbacks = [watch, ...(parts.callbacks ?? [])];
    this.#loss = new DeviceLoss(parts, options);
    const { train, valid } = options;
    this.#run = new Run(parts, {
      ...options,
      ...(this.#callbacks.some(({ onStep }) => onStep) ? { readEvery: 1 } : {}),
      train: this.#loss.reachable(train),
      ...(valid ? { valid: this.#loss.reachable(valid) } : {}),
    });
  }

  async run(): Promise<History> {
    const { model } = this.#parts;
    let history: History | undefined;
    await this.#begin();
    try {
      model.train();
      await emit(this.#callbacks, 'onStart', this.#view());
      history = await this.#complete();
      await this.#run.moveBack();
      return history;
    } catch (error) {
      // What has gone wrong says more than that nothing can be brought back from there.
      await this.#run.moveBack().catch(() => undefined);
      throw error;
    } finally {
      await this.#run.close();
      model.eval();
      await emit(this.#callbacks, 'onStop', history, this.#view());
    }
  }

  async #begin(): Promise<void> {
    const { checkpoint, resume } = this.#options;
    const found = resume ? await checkpoint?.to.load() : undefined;
    const { seed } = this.#parts;
    if (checkpoint && found) await this.#goOn(checkpoint.to.place, found);
    else {
      if (seed !== undefined) manualSeed(seed);
      await this.#loss.begin(() => this.#run.stateDict());
    }
    this.#before = { tokens: this.#run.tokens, seconds: this.#run.seconds };
  }

  async #goOn(store: string, found: Checkpoint): Promise<void> {
    const saved = fromCheckpoint(store, found) as RunState & { readonly engine?: Engine };
    this.#run.loadStateDict(saved);
    const place = await resumeBackend('fit', saved.engine?.backend);
    if (place?.backend) await this.#run.moveTo(place.backend);
    this.#placed = place !== undefined;
    const other = otherEngine(saved.engine, engineOf(this.#run.backend));
    if (other) console.warn(`resume: the checkpoint in ${store} is of another engine; ${other}.`);
    this.#resumedFrom = this.#run.step;
    this.#saved = this.#mark();
  }

  /** To the end, on as many devices as it takes. */
  async #complete(): Promise<History> {
    for (;;) {
      try {
        return await this.#finish(await this.#loop());
      } catch (error) {
        await this.#recover(error);
      }
    }
  }

  /** Goes on from the last checkpoint where the device was lost. */
  async #recover(error: unknown): Promise<void> {
    const steps = this.#inDoubt();
    const store = await this.#loss.leave(error, steps, this.#kept());
    await this.#run.feed.close();
    const found = await store.load();
    if (!found) throw error;
    this.#run.stayHere();
    await this.#goOn(store.place, found);
    console.warn(
      `Trainer.fit: the device was lost at ${inWords(steps)}; going on after step ${this.#run.step} on ${this.#run.backend.name}.`,
    );
  }

  /** The steps of which nothing is known: those that were not read, else the next one. */
  #inDoubt(): Steps {
    const { step, unread } = this.#run;
    return unread > 0
      ? { first: step - unread + 1, last: step }
      : { first: step + 1, last: step + 1 };
  }

  async #loop(): Promise<Stopped> {
    for (;;) {
      if (this.#readDue()) await this.#read();
      if (this.#validationDue()) await this.#validate();
      if (this.#checkpointDue()) await this.#save();
      const stopped = this.#stopped();
      if (stopped) return stopped;
      const window = await this.#run.next();
      if (window) {
        if (!this.#placed) await this.#run.chooseBackend(window);
        this.#placed = true;
        await this.#watch.onBatch(window);
        await this.#run.train(window, this.#kept());
      } else this.#run.epochEnd = this.#run.step;
    }
  }

  /** Validates the end, saves it, and gives the model its best weights. An abort leaves all as it is, to be resumed. */
  async #finish(stopped: Stopped): Promise<History> {
    const { valid, checkpoint } = this.#options;
    const run = this.#run;
    let reason = stopped;
    if (stopped !== 'aborted' && valid && run.valid.at(-1)?.step !== run.step) {
      await this.#validate();
      reason = this.#options.signal?.aborted ? 'aborted' : stopped;
    }
    const changed = run.step > 0 && this.#saved.mark !== this.#mark().mark;
    if (checkpoint && changed) await this.#save();
    const weights = reason === 'aborted' ? undefined : run.best?.weights;
    if (weights) this.#parts.model.loadStateDict(weights);
    this.#parts.optimizer.zeroGrad();
    return this.#history(reason, weights !== undefined);
  }

  #stopped(): Stopped | undefined {
    const { steps = Infinity, epochs = Infinity, patience = Infinity, signal } = this.#options;
    const run = this.#run;
    if (signal?.aborted) return 'aborted';
    if (run.step >= steps) return 'steps';
    if (run.feed.epoch >= epochs) return 'epochs';
    return run.disappointments >= patience ? 'patience' : undefined;
  }

  /** Whether losses that were not read yet are wanted now. */
  #readDue(): boolean {
    if (this.#run.mustRead) return true;
    const due = () => this.#validationDue() || this.#checkpointDue() || this.#stopped();
    return this.#run.unread > 0 && Boolean(due());
  }

  async #read(): Promise<void> {
    const { records, error } = await this.#run.read(this.#kept());
    // A callback with onStep has every step read by itself.
    for (const record of records) await emit(this.#callbacks, 'onStep', record, this.#view());
    if (records.length > 0) await emit(this.#callbacks, 'onRead', records, this.#view());
    if (error) throw error;
  }

  #validationDue(): boolean {
    const { valid, validateEvery } = this.#options;
    const { step, epochEnd } = this.#run;
    if (!valid || step === 0 || this.#run.valid.at(-1)?.step === step) return false;
    return validateEvery === undefined ? step === epochEnd : step % validateEvery === 0;
  }

  #checkpointDue(): boolean {
    const { checkpoint, validateEvery, signal } = this.#options;
    const { step, epochEnd } = this.#run;
    if (!checkpoint || step === 0 || signal?.aborted) return false;
    const every = checkpoint.every ?? validateEvery;
    if (every !== undefined) return step % every === 0 && this.#saved.step !== step;
    return step === epochEnd && this.#saved.mark !== this.#mark().mark;
  }

  async #validate(): Promise<void> {
    const record = await this.#run.validate();
    if (record) await emit(this.#callbacks, 'onValidate', record, this.#view());
  }

  async #save(): Promise<void> {
    const state = { ...this.#run.stateDict(), engine: engineOf(this.#run.backend) };
    await this.#options.checkpoint?.to.save(toCheckpoint(this.#run.step, state));
    this.#saved = this.#mark();
    this.#loss.progressed();
    await emit(this.#callbacks, 'onCheckpoint', this.#view());
  }

  #kept(): string {
    const { checkpoint } = this.#options;
    if (!checkpoint || this.#saved.step === 0) return '';
    return ` The checkpoint of step ${this.#saved.step} is in ${checkpoint.to.place}.`;
  }

  #mark() {
    const { step, valid, feed } = this.#run;
    return { step, mark: `${step} ${valid.length} ${feed.epoch}` };
  }

  #history(stopped: Stopped, restoredBest: boolean): History {
    const { steps, valid, best, step, feed, tokens, seconds, waiting } = this.#run;
    return {
      steps: [...steps],
      valid: [...valid],
      best: best && { step: best.step, loss: best.loss },
      step,
      epoch: feed.epoch,
      tokens,
      seconds,
      waitingSeconds: waiting,
      stopped,
      restoredBest,
    };
  }

  #view(): RunView {
    const { step, feed, best, tokens, seconds } = this.#run;
    return {
      model: this.#parts.model,
      step,
      epoch: feed.epoch,
      totalSteps: this.#totalSteps(),
      resumedFrom: this.#resumedFrom,
      tokensPerSecond:
        (tokens - this.#before.tokens) / (seconds - this.#before.seconds || Infinity),
      best: best && { step: best.step, loss: best.loss },
    };
  }

  #totalSteps(): number | undefined {
    const { steps, epochs, train } = this.#options;
    const { length } = train;
    const inEpochs =
      epochs === undefined || length === undefined || this.#parts.tbptt
        ? undefined
        : epochs * length;
    if (steps === undefined || inEpochs === undefined) return steps ?? inEpochs;
    return Math.min(steps, inEpochs);
  }
}
