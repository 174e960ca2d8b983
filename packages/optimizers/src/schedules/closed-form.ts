import { isCount, readState, Schedule, type Scheduled, type ScheduleState } from './schedule.ts';

/** The learning rate after k steps, from the one at the start. */
export type Rate = (k: number, initial: number, group: number) => number;

/**
 * A schedule whose learning rate is a function of the number of steps, so that a resumed run has the same rates to the
 * bit. A subclass hands that function to `super` and is done.
 *
 * @example
 * class InverseSquareRoot extends ClosedFormSchedule {
 *   constructor(optimizer: Scheduled) {
 *     super('InverseSquareRoot', optimizer, (k, initial) => initial / Math.sqrt(k + 1));
 *   }
 * }
 */
export abstract class ClosedFormSchedule extends Schedule {
  readonly name: string;
  readonly #rate: Rate;
  #count = 0;

  constructor(name: string, optimizer: Scheduled, rate: Rate) {
    super(optimizer);
    this.name = name;
    this.#rate = rate;
    this.apply();
  }

  /** Steps so far. */
  get count(): number {
    return this.#count;
  }

  override step(): void {
    this.#count += 1;
    this.apply();
  }

  override apply(): void {
    for (const [i, group] of this.optimizer.groups.entries()) {
      group.lr = this.#rate(this.#count, group.initialLr as number, i);
    }
  }

  override stateDict(): ScheduleState {
    return { count: this.#count };
  }

  override loadStateDict(state: ScheduleState): void {
    this.#count = readState(this.name, state, 'count', isCount);
    this.apply();
  }
}
