import { cellByName } from '@unroll/cells';
import { problemOf } from './problem.ts';
import type { Trial } from './trial.ts';

/** How long a study will still take, from how long its trials took so far. */
export class TimeLeft {
  readonly #whole: number;
  readonly #now: () => number;
  readonly #started: number;
  /** Work that was done before, and is done now. */
  readonly #before: number;
  #done: number;

  /**
   * @param trials of the study
   * @param finished those that an earlier process has done
   * @param now milliseconds on a clock
   */
  constructor(
    trials: readonly Trial[],
    finished: readonly Trial[],
    now: () => number = () => performance.now(),
  ) {
    this.#whole = sum(trials);
    this.#before = sum(finished);
    this.#done = this.#before;
    this.#now = now;
    this.#started = now();
  }

  /** One more trial is done. */
  finish(trial: Trial): void {
    this.#done += workOf(trial);
  }

  /** In words, when `share` of a further trial is done: `3 min left`. */
  inWords(trial: Trial, share: number): string {
    const done = this.#done + share * workOf(trial);
    const milliseconds = this.#now() - this.#started;
    const left = ((this.#whole - done) * milliseconds) / (done - this.#before);
    const seconds = Math.round(left / 1000);
    if (!Number.isFinite(seconds)) return 'time left not known yet';
    return seconds < 90 ? `${seconds} s left` : `${Math.round(seconds / 60)} min left`;
  }
}

const sum = (trials: readonly Trial[]): number =>
  trials.reduce((total, trial) => total + workOf(trial), 0);

/** Multiplications with recurrent weights, in units that do not matter. */
function workOf({ cell, hiddenSize, problem, range, batches, batchSize, bidirectional }: Trial) {
  const { steps, inputs } = problemOf(problem, range);
  const shapes = cellByName(cell).shapes({ inputSize: inputs, hiddenSize, bias: true });
  const weights = Object.values(shapes).reduce(
    (total, shape) => total + shape.reduce((size, n) => size * n, 1),
    0,
  );
  return steps * batches * batchSize * weights * (bidirectional ? 2 : 1);
}
