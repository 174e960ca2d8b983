import { NumericError } from '@unroll/backend';
import { summary } from '@unroll/nn';
import { Adam, type Optimizer, RMSprop } from '@unroll/optimizers';
import { manualSeed, type Parameter, randomStream } from '@unroll/tensor';
import {
  type Callback,
  type Data,
  type FitOptions,
  type History,
  type RunView,
  Trainer,
} from '@unroll/trainers';
import { gradientNorms } from './gradients.ts';
import { drawn, judgement } from './judge.ts';
import { LongRange } from './model.ts';
import { type Problem, problemOf } from './problem.ts';
import type { Trial } from './trial.ts';

/** What came out of a trial. Plain data. */
export interface TrialOutcome {
  readonly trial: Trial;
  /** Under their names in the result, without the trial's: `test.mse`. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Validation losses on the way. */
  readonly curve: readonly CurvePoint[];
  /** Norms of ∂L/∂x_t, one for each step t, of problems whose inputs are numbers. */
  readonly gradients?: Readonly<Record<'before' | 'after', readonly number[]>>;
}

interface CurvePoint {
  readonly step: number;
  readonly loss: number;
}

/** Everything that a trial goes by besides itself. */
export interface TrialContext extends Pick<FitOptions, 'signal' | 'checkpoint' | 'resume'> {
  readonly seed: number;
  readonly callbacks: readonly Callback[];
}

/** Training steps of a trial, at most: one for each window of each batch. */
function stepsOf(trial: Trial): number {
  return trial.batches * windowsIn(trial);
}

/** Into how many windows, and so training steps, a batch is cut. */
export function windowsIn({ problem, range, window }: Trial): number {
  const { steps } = problemOf(problem, range);
  return Math.ceil(steps / (window ?? steps));
}

/**
 * Trains one net on sequences that are drawn anew at every step, until it has solved the problem or all its steps are done,
 * and judges it on others. The seed decides everything, and all trials of one problem and range see the same sequences.
 *
 * @returns undefined when the signal stopped it; its checkpoint is written then
 */
export async function runTrial(
  trial: Trial,
  { seed, callbacks, signal, ...fit }: TrialContext,
): Promise<TrialOutcome | undefined> {
  manualSeed(seed);
  const problem = problemOf(trial.problem, trial.range);
  const valid = drawn(problem, 4, randomStream('valid'));
  const test = drawn(problem, 16, randomStream('test'));
  const model = new LongRange(problem, trial);
  const before = await gradientNorms(model, problem, valid[0]);
  const lesson = new Lesson(trial, signal);
  const trainer = trainerOf(trial, problem, model, [lesson, ...callbacks]);
  const sizes = { parameters: summary(model).total };
  let history: History;
  try {
    history = await trainer.fit({
      ...{ ...fit, train: endless(problem, trial.batchSize), valid, signal: lesson.signal },
      ...{ steps: stepsOf(trial), validateEvery: trial.every * windowsIn(trial) },
    });
  } catch (error) {
    // Exploding gradients are a result. Its curve is what this process has heard of it.
    if (!(error instanceof NumericError)) throw error;
    const metrics = { ...sizes, 'diverged.step': Number(error.details.step) };
    return { trial, metrics, curve: lesson.curve };
  }
  const { step: steps, seconds } = history;
  const curve = history.valid.map(pointOf);
  const solved = (curve.at(-1)?.loss ?? Infinity) < trial.solved;
  if (history.stopped === 'aborted' && !solved) return undefined;
  const judged = await judgement(model, problem, test);
  const solution: Record<string, number> = solved ? { 'solved.step': steps } : {};
  return {
    trial,
    metrics: { ...judged, ...solution, ...sizes, steps, seconds },
    curve,
    ...(problem.ids
      ? {}
      : { gradients: { before, after: await gradientNorms(model, problem, valid[0]) } }),
  };
}

/** Hears the validations of a trial, and ends it when the problem is solved. */
class Lesson implements Callback {
  readonly curve: CurvePoint[] = [];
  readonly signal: AbortSignal;
  readonly #solved: number;
  readonly #end = new AbortController();

  constructor({ solved }: Trial, outer: AbortSignal | undefined) {
    this.#solved = solved;
    this.signal = AbortSignal.any([this.#end.signal, ...(outer ? [outer] : [])]);
  }

  /** A run may have been killed after its last validation, and before anybody wrote down what came out. */
  onStart({ best }: RunView): void {
    if (best) this.#judge(best);
  }

  onValidate(record: CurvePoint): void {
    this.curve.push(pointOf(record));
    this.#judge(record);
  }

  #judge({ loss }: CurvePoint): void {
    if (loss < this.#solved) this.#end.abort();
  }
}

function trainerOf(
  trial: Trial,
  { loss }: Problem,
  model: LongRange,
  callbacks: readonly Callback[],
): Trainer {
  const { lr, clip, window } = trial;
  const optimizer = optimizers[trial.optimizer](model.parameters(), lr);
  return new Trainer({
    ...{ model, optimizer, loss, callbacks },
    ...(clip ? { clip } : {}),
    ...(window === undefined ? {} : { tbptt: { window } }),
  });
}

const optimizers: Readonly<
  Record<Trial['optimizer'], (parameters: Parameter[], lr: number) => Optimizer>
> = {
  adam: (parameters, lr) => new Adam(parameters, { lr }),
  rmsprop: (parameters, lr) => new RMSprop(parameters, { lr }),
};

/** New sequences for ever. Where it stands is in the state of its random stream, which a checkpoint holds. */
function endless(problem: Problem, batchSize: number): Data {
  const stream = randomStream('train');
  return {
    *[Symbol.iterator]() {
      for (;;) yield problem.draw(batchSize, stream);
    },
    stateDict: () => ({}),
    loadStateDict() {},
  };
}

const pointOf = ({ step, loss }: CurvePoint): CurvePoint => ({ step, loss });
