import { must, notNegative, refuse, wholeNumber } from '../optimizer/problems.ts';
import { isCount, readState, Schedule, type Scheduled, type ScheduleState } from './schedule.ts';

export interface ReduceLROnPlateauOptions {
  /** Whether a good metric is small ('min', the default) or large ('max'). */
  mode?: 'min' | 'max';
  /** By what the rate is multiplied; default 0.1. */
  factor?: number;
  /** Steps without an improvement that are borne; default 10. */
  patience?: number;
  /** How much better than the best a metric must be; default 1e-4. */
  threshold?: number;
  /** Whether the threshold is a share of the best metric ('rel', the default) or a difference ('abs'). */
  thresholdMode?: 'rel' | 'abs';
  /** Steps after a fall that do not count; default 0. */
  cooldown?: number;
  /** No rate falls below it; default 0. */
  minLr?: number;
  /** A fall by no more than this does not happen; default 1e-8. */
  eps?: number;
}

/**
 * A fall whenever a metric has stopped improving, as in PyTorch. Its `step` takes the metric: a number that was read, such
 * as a validation loss. NaN is no improvement. The rates themselves are in the optimizer's state.
 *
 * @throws OptionError for options out of range, and from `step` without a metric
 * @example
 * const optimizer = new SGD([parameter(zeros([3, 2]))], { lr: 0.1 });
 * const schedule = new ReduceLROnPlateau(optimizer, { factor: 0.5, patience: 3 });
 * const validationLoss = tensor(0.7);
 * schedule.step(await validationLoss.item());
 */
export class ReduceLROnPlateau extends Schedule {
  readonly #options: Required<ReduceLROnPlateauOptions>;
  #best: number | undefined;
  #badSteps = 0;
  #cooldown = 0;

  constructor(optimizer: Scheduled, options: ReduceLROnPlateauOptions = {}) {
    const {
      mode = 'min',
      factor = 0.1,
      patience = 10,
      threshold = 1e-4,
      thresholdMode = 'rel',
      cooldown = 0,
      minLr = 0,
      eps = 1e-8,
    } = options;
    refuse('ReduceLROnPlateau', [
      must(mode === 'min' || mode === 'max', 'mode', 'be min or max', mode),
      must(factor > 0 && factor < 1, 'factor', 'lie in (0, 1)', factor),
      wholeNumber('patience', patience, 0),
      notNegative('threshold', threshold),
      must(['rel', 'abs'].includes(thresholdMode), 'thresholdMode', 'be rel or abs', thresholdMode),
      wholeNumber('cooldown', cooldown, 0),
      notNegative('minLr', minLr),
      notNegative('eps', eps),
    ]);
    super(optimizer);
    this.#options = { mode, factor, patience, threshold, thresholdMode, cooldown, minLr, eps };
  }

  override step(metric?: number): void {
    const isNumber = typeof metric === 'number';
    refuse('ReduceLROnPlateau', [must(isNumber, 'the metric', 'be a number', typeof metric)]);
    this.#watch(metric as number);
    if (this.#badSteps <= this.#options.patience) return;
    this.#reduce();
    this.#cooldown = this.#options.cooldown;
    this.#badSteps = 0;
  }

  /** Leaves the rates as they are: they follow from metrics, not from a count. */
  override apply(): void {}

  override stateDict(): ScheduleState {
    return { best: this.#best ?? null, badSteps: this.#badSteps, cooldown: this.#cooldown };
  }

  override loadStateDict(state: ScheduleState): void {
    const best = readState('ReduceLROnPlateau', state, 'best', isBest);
    const badSteps = readState('ReduceLROnPlateau', state, 'badSteps', isCount);
    const cooldown = readState('ReduceLROnPlateau', state, 'cooldown', isCount);
    [this.#best, this.#badSteps, this.#cooldown] = [best ?? undefined, badSteps, cooldown];
  }

  #watch(metric: number): void {
    if (this.#isBetter(metric)) {
      this.#best = metric;
      this.#badSteps = 0;
    } else {
      this.#badSteps += 1;
    }
    if (this.#cooldown === 0) return;
    this.#cooldown -= 1;
    this.#badSteps = 0;
  }

  #isBetter(metric: number): boolean {
    const { mode, threshold, thresholdMode } = this.#options;
    const best = this.#best;
    if (best === undefined) return Number.isFinite(metric);
    const margin = thresholdMode === 'rel' ? best * threshold : threshold;
    return mode === 'min' ? metric < best - margin : metric > best + margin;
  }

  #reduce(): void {
    const { factor, minLr, eps } = this.#options;
    for (const group of this.optimizer.groups) {
      const lower = Math.max(group.lr * factor, minLr);
      if (group.lr - lower > eps) group.lr = lower;
    }
  }
}

function isBest(value: unknown): value is number | null {
  return value === null || Number.isFinite(value);
}
