import { math, OptionError } from '@unroll/backend';
import { must, positive, refuse, wholeNumber } from '../optimizer/problems.ts';
import { ClosedFormSchedule } from './closed-form.ts';
import type { Scheduled } from './schedule.ts';

export interface OneCycleLROptions {
  /** The highest rate of all groups, or of each. */
  maxLr: number | readonly number[];
  /** Steps of the whole run; at least 2. */
  totalSteps: number;
  /** The share of them on which the rate rises; default 0.3. */
  pctStart?: number;
  /** Along what the rate goes: 'cos' (default) or 'linear'. */
  annealStrategy?: 'cos' | 'linear';
  /** The first rate is maxLr/divFactor; default 25. */
  divFactor?: number;
  /** The last rate is the first/finalDivFactor; default 1e4. */
  finalDivFactor?: number;
}

const ways = {
  cos: (from: number, to: number, share: number) =>
    to + ((from - to) / 2) * (1 + math.cos(Math.PI * share)),
  linear: (from: number, to: number, share: number) => from + (to - from) * share,
} as const;

/**
 * One rise from maxLr/divFactor to maxLr and one fall to far below (Smith & Topin 2018), PyTorch's two-phase form. The
 * optimizer's own rate has no part in it, and momentum is left alone (PyTorch: `cycle_momentum=False`).
 *
 * @throws OptionError for options out of range, and from `step` after more than `totalSteps`
 * @example
 * const optimizer = new SGD([parameter(zeros([3, 2]))], { lr: 0.1 });
 * const schedule = new OneCycleLR(optimizer, { maxLr: 0.01, totalSteps: 2000 });
 */
export class OneCycleLR extends ClosedFormSchedule {
  constructor(optimizer: Scheduled, options: OneCycleLROptions) {
    const { maxLr, totalSteps, pctStart = 0.3, annealStrategy = 'cos' } = options;
    const { divFactor = 25, finalDivFactor = 1e4 } = options;
    const highest = typeof maxLr === 'number' ? optimizer.groups.map(() => maxLr) : maxLr;
    const strategies = Object.keys(ways).join(' or ');
    refuse('OneCycleLR', [
      ...highest.map((lr, i) => positive(typeof maxLr === 'number' ? 'maxLr' : `maxLr[${i}]`, lr)),
      must(
        highest.length === optimizer.groups.length,
        'maxLr',
        `have one rate for each of ${optimizer.groups.length} groups`,
        highest.length,
      ),
      wholeNumber('totalSteps', totalSteps, 2),
      must(pctStart > 0 && pctStart < 1, 'pctStart', 'lie in (0, 1)', pctStart),
      must(
        Object.hasOwn(ways, annealStrategy),
        'annealStrategy',
        `be ${strategies}`,
        annealStrategy,
      ),
      positive('divFactor', divFactor),
      positive('finalDivFactor', finalDivFactor),
    ]);
    const anneal = ways[annealStrategy];
    const top = pctStart * totalSteps - 1;
    const end = totalSteps - 1;
    super('OneCycleLR', optimizer, (k, _initial, group) => {
      if (k > totalSteps) refuseStep(k, totalSteps);
      const max = highest[group];
      const first = max / divFactor;
      if (k < top) return anneal(first, max, k / top);
      return anneal(max, first / finalDivFactor, Math.min(1, (k - top) / (end - top)));
    });
  }
}

function refuseStep(step: number, totalSteps: number): never {
  throw new OptionError(
    'OneCycleLR',
    `the cycle is over after totalSteps (${totalSteps}); this is step ${step}. Make it as long as the run.`,
    { step, totalSteps },
  );
}
