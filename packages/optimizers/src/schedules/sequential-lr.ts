import { must, refuse, wholeNumber } from '../optimizer/problems.ts';
import { isCount, readState, Schedule, type Scheduled, type ScheduleState } from './schedule.ts';

export interface SequentialLROptions {
  /** Schedules of the same optimizer, in their order. */
  schedules: readonly Schedule[];
  /** The step at which the second takes over, the third, and so on. */
  milestones: readonly number[];
}

/**
 * One schedule after the other, each counting its steps from its own beginning: a warm-up and then another.
 *
 * @throws OptionError for milestones that do not rise or are not one fewer than the schedules, and for a schedule of
 * another optimizer
 * @example
 * const optimizer = new SGD([parameter(zeros([3, 2]))], { lr: 0.1 });
 * const schedule = new SequentialLR(optimizer, {
 *   schedules: [new LinearWarmup(optimizer, { totalIters: 100 }), new CosineAnnealingLR(optimizer, { tMax: 900 })],
 *   milestones: [100],
 * });
 */
export class SequentialLR extends Schedule {
  readonly #schedules: readonly Schedule[];
  readonly #milestones: readonly number[];
  #count = 0;

  constructor(optimizer: Scheduled, { schedules, milestones }: SequentialLROptions) {
    refuse('SequentialLR', [
      must(schedules.length > 0, 'schedules', 'not be empty', '[]'),
      must(
        milestones.length === schedules.length - 1,
        'milestones',
        `be one fewer than the ${schedules.length} schedules`,
        milestones.length,
      ),
      ...milestones.map((milestone, i) =>
        wholeNumber(`milestones[${i}]`, milestone, (milestones[i - 1] ?? 0) + 1),
      ),
      ...schedules.map((schedule, i) =>
        must(
          schedule.optimizer === optimizer,
          `schedules[${i}]`,
          'act on the same optimizer',
          'another',
        ),
      ),
    ]);
    super(optimizer);
    this.#schedules = schedules;
    this.#milestones = milestones;
    schedules[0].apply();
  }

  override step(metric?: number): void {
    this.#count += 1;
    if (this.#milestones.includes(this.#count)) this.apply();
    else this.#current.step(metric);
  }

  override apply(): void {
    this.#current.apply();
  }

  override stateDict(): ScheduleState {
    const schedules = this.#schedules.map((schedule) => schedule.stateDict());
    return { count: this.#count, schedules };
  }

  override loadStateDict(state: ScheduleState): void {
    const count = readState('SequentialLR', state, 'count', isCount);
    const isList = (value: unknown): value is ScheduleState[] =>
      Array.isArray(value) && value.length === this.#schedules.length;
    const states = readState('SequentialLR', state, 'schedules', isList);
    this.#schedules.forEach((schedule, i) => {
      schedule.loadStateDict(states[i]);
    });
    this.#count = count;
    this.apply();
  }

  get #current(): Schedule {
    return this.#schedules[this.#milestones.filter((milestone) => milestone <= this.#count).length];
  }
}
