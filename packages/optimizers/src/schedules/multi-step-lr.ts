import { math } from '@unroll/backend';
import { positive, refuse, wholeNumber } from '../optimizer/problems.ts';
import { ClosedFormSchedule } from './closed-form.ts';
import type { Scheduled } from './schedule.ts';

export interface MultiStepLROptions {
  /** The steps at which the rate falls; one that is there twice makes it fall twice. */
  milestones: readonly number[];
  /** By what the rate is multiplied; default 0.1. */
  gamma?: number;
}

/**
 * A fall at each milestone: ηₖ = η₀ · γ^(number of milestones ≤ k).
 *
 * @throws OptionError for options out of range
 * @example
 * const optimizer = new SGD([parameter(zeros([3, 2]))], { lr: 0.1 });
 * const schedule = new MultiStepLR(optimizer, { milestones: [30, 80] });
 */
export class MultiStepLR extends ClosedFormSchedule {
  constructor(optimizer: Scheduled, { milestones, gamma = 0.1 }: MultiStepLROptions) {
    refuse('MultiStepLR', [
      ...milestones.map((milestone, i) => wholeNumber(`milestones[${i}]`, milestone, 0)),
      positive('gamma', gamma),
    ]);
    const passed = (k: number) => milestones.filter((milestone) => milestone <= k).length;
    super('MultiStepLR', optimizer, (k, initial) => initial * math.pow(gamma, passed(k)));
  }
}
