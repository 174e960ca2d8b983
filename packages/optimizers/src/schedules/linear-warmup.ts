import { must, positive, refuse, wholeNumber } from '../optimizer/problems.ts';
import { ClosedFormSchedule } from './closed-form.ts';
import type { Scheduled } from './schedule.ts';

export interface LinearWarmupOptions {
  /** Steps until the full rate is reached; default 5. */
  totalIters?: number;
  /** The share of the full rate at the start; default 1/3. */
  startFactor?: number;
}

/**
 * A rise along a straight line, after which the full rate stays: ηₖ = η₀ · (s + (1 − s) · min(k, n)/n), with s the
 * `startFactor` and n `totalIters`. PyTorch calls it LinearLR. {@link SequentialLR} puts another schedule after it.
 *
 * @throws OptionError for options out of range
 * @example
 * const optimizer = new SGD([parameter(zeros([3, 2]))], { lr: 0.1 });
 * const schedule = new LinearWarmup(optimizer, { totalIters: 100, startFactor: 0.1 });
 */
export class LinearWarmup extends ClosedFormSchedule {
  constructor(
    optimizer: Scheduled,
    { totalIters = 5, startFactor = 1 / 3 }: LinearWarmupOptions = {},
  ) {
    refuse('LinearWarmup', [
      wholeNumber('totalIters', totalIters, 1),
      positive('startFactor', startFactor),
      must(!(startFactor > 1), 'startFactor', 'be at most 1', startFactor),
    ]);
    super('LinearWarmup', optimizer, (k, initial) => {
      const way = Math.min(k, totalIters) / totalIters;
      return initial * (startFactor + (1 - startFactor) * way);
    });
  }
}
