import { math } from '@unroll/backend';
import { notNegative, refuse, wholeNumber } from '../optimizer/problems.ts';
import { ClosedFormSchedule } from './closed-form.ts';
import type { Scheduled } from './schedule.ts';

export interface CosineAnnealingLROptions {
  /** Steps until the lowest rate. Afterwards it rises again, as in PyTorch. */
  tMax: number;
  /** The lowest rate; default 0. */
  etaMin?: number;
}

/**
 * A fall along half a cosine (Loshchilov & Hutter 2017, without restarts):
 * ηₖ = η_min + (η₀ − η_min)(1 + cos(πk / tMax))/2.
 *
 * @throws OptionError for options out of range
 * @example
 * const optimizer = new SGD([parameter(zeros([3, 2]))], { lr: 0.1 });
 * const schedule = new CosineAnnealingLR(optimizer, { tMax: 1000 });
 */
export class CosineAnnealingLR extends ClosedFormSchedule {
  constructor(optimizer: Scheduled, { tMax, etaMin = 0 }: CosineAnnealingLROptions) {
    refuse('CosineAnnealingLR', [wholeNumber('tMax', tMax, 1), notNegative('etaMin', etaMin)]);
    super('CosineAnnealingLR', optimizer, (k, initial) => {
      const height = (1 + math.cos((Math.PI * k) / tMax)) / 2;
      return etaMin + (initial - etaMin) * height;
    });
  }
}
