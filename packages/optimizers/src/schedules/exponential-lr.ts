import { math } from '@unroll/backend';
import { positive, refuse } from '../optimizer/problems.ts';
import { ClosedFormSchedule } from './closed-form.ts';
import type { Scheduled } from './schedule.ts';

/**
 * A fall at every step: ηₖ = η₀ · γᵏ.
 *
 * @throws OptionError for a γ that is not above 0
 * @example
 * const optimizer = new SGD([parameter(zeros([3, 2]))], { lr: 0.1 });
 * const schedule = new ExponentialLR(optimizer, { gamma: 0.99 });
 */
export class ExponentialLR extends ClosedFormSchedule {
  constructor(optimizer: Scheduled, { gamma }: { gamma: number }) {
    refuse('ExponentialLR', [positive('gamma', gamma)]);
    super('ExponentialLR', optimizer, (k, initial) => initial * math.pow(gamma, k));
  }
}
