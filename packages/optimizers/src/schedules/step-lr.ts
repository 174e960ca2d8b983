import { math } from '@unroll/backend';
import { positive, refuse, wholeNumber } from '../optimizer/problems.ts';
import { ClosedFormSchedule } from './closed-form.ts';
import type { Scheduled } from './schedule.ts';

export interface StepLROptions {
  /** Steps between two falls. */
  stepSize: number;
  /** By what the rate is multiplied; default 0.1. */
  gamma?: number;
}

/**
 * A fall every few steps: ηₖ = η₀ · γ^⌊k / stepSize⌋.
 *
 * @throws OptionError for options out of range
 * @example
 * const optimizer = new SGD([parameter(zeros([3, 2]))], { lr: 0.1 });
 * const schedule = new StepLR(optimizer, { stepSize: 10, gamma: 0.5 });
 */
export class StepLR extends ClosedFormSchedule {
  constructor(optimizer: Scheduled, { stepSize, gamma = 0.1 }: StepLROptions) {
    refuse('StepLR', [wholeNumber('stepSize', stepSize, 1), positive('gamma', gamma)]);
    super('StepLR', optimizer, (k, initial) => initial * math.pow(gamma, Math.floor(k / stepSize)));
  }
}
