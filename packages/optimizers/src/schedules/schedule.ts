import { DataError } from '@unroll/backend';

/** What a schedule acts on: every optimizer. */
export interface Scheduled {
  readonly groups: readonly LearningRate[];
}

interface LearningRate {
  lr: number;
  initialLr?: number;
}

/** A schedule's state: plain JSON. */
export type ScheduleState = Readonly<Record<string, unknown>>;

/**
 * Changes an optimizer's learning rates as training goes on. Call `step` after the optimizer's, once a batch or once an
 * epoch, as the schedule's numbers are meant. Each group starts from the rate that it had when its optimizer met its first
 * schedule.
 */
export abstract class Schedule {
  readonly optimizer: Scheduled;

  constructor(optimizer: Scheduled) {
    this.optimizer = optimizer;
    for (const group of optimizer.groups) group.initialLr ??= group.lr;
  }

  /** The learning rate of the first group now. */
  get lr(): number {
    return this.optimizer.groups[0].lr;
  }

  /**
   * Goes one step on and sets the learning rates.
   *
   * @param metric what {@link ReduceLROnPlateau} watches; others need none
   */
  abstract step(metric?: number): void;

  /** Sets the learning rates that belong to where it stands. */
  abstract apply(): void;

  abstract stateDict(): ScheduleState;

  /** @throws DataError for a state of another kind */
  abstract loadStateDict(state: ScheduleState): void;
}

/** A part of a state, or an error that names it. */
export function readState<T>(
  operation: string,
  state: ScheduleState,
  name: string,
  fits: (value: unknown) => value is T,
): T {
  const value = state?.[name];
  if (fits(value)) return value;
  throw new DataError(
    `${operation}.loadStateDict`,
    `'${name}' cannot be ${JSON.stringify(value) ?? 'missing'}; is this the state of another schedule?`,
    { name, value },
  );
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
