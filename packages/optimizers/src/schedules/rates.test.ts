import { tolerances } from '@unroll/backend/testing';
import { zeros } from '@unroll/tensor';
import { fixture } from '@unroll/tensor/testing';
import { describe, expect, test } from 'vitest';
import { SGD } from '../optimizers/sgd.ts';
import { CosineAnnealingLR, type CosineAnnealingLROptions } from './cosine-annealing-lr.ts';
import { ExponentialLR } from './exponential-lr.ts';
import { LinearWarmup, type LinearWarmupOptions } from './linear-warmup.ts';
import { MultiStepLR, type MultiStepLROptions } from './multi-step-lr.ts';
import { OneCycleLR, type OneCycleLROptions } from './one-cycle-lr.ts';
import { ReduceLROnPlateau } from './reduce-lr-on-plateau.ts';
import type { Schedule } from './schedule.ts';
import { StepLR, type StepLROptions } from './step-lr.ts';

interface Case {
  schedule: string;
  options: unknown;
  lr: number;
  metrics?: number[];
  rates: number[];
}

const { cases } = fixture<{ cases: Case[] }>(import.meta.url, 'schedules');

const kinds: Record<string, (optimizer: SGD, options: unknown) => Schedule> = {
  StepLR: (optimizer, options) => new StepLR(optimizer, options as StepLROptions),
  MultiStepLR: (optimizer, options) => new MultiStepLR(optimizer, options as MultiStepLROptions),
  ExponentialLR: (optimizer, options) => new ExponentialLR(optimizer, options as { gamma: number }),
  LinearWarmup: (optimizer, options) => new LinearWarmup(optimizer, options as LinearWarmupOptions),
  CosineAnnealingLR: (optimizer, options) =>
    new CosineAnnealingLR(optimizer, options as CosineAnnealingLROptions),
  OneCycleLR: (optimizer, options) => new OneCycleLR(optimizer, options as OneCycleLROptions),
  ReduceLROnPlateau: (optimizer, options) => new ReduceLROnPlateau(optimizer, options as object),
};

function make({ schedule, options, lr }: Case): Schedule {
  return kinds[schedule](new SGD([zeros([1])], { lr }), options);
}

test('every schedule is in the file', () => {
  expect(new Set(cases.map(({ schedule }) => schedule))).toEqual(new Set(Object.keys(kinds)));
});

describe('twenty steps give the learning rates of PyTorch', () => {
  for (const each of cases) {
    const { schedule: name, options, rates, metrics } = each;
    test(`${name} ${JSON.stringify(options)}`, () => {
      const schedule = make(each);
      const found = [schedule.lr];
      for (let k = 0; k < 20; k++) {
        schedule.step(metrics?.[k]);
        found.push(schedule.lr);
      }
      expect(found).toHaveLength(rates.length);
      const allowed = tolerances.fixture.float64 * Math.max(...rates);
      for (const [k, rate] of found.entries()) {
        expect(Math.abs(rate - rates[k])).toBeLessThanOrEqual(allowed);
      }
    });
  }
});

describe('a schedule that was saved and loaded goes on with the same rates, to the bit', () => {
  for (const each of cases) {
    test(`${each.schedule} ${JSON.stringify(each.options)}`, () => {
      for (let stop = 0; stop < 20; stop++) {
        const whole = make(each);
        for (let k = 0; k < stop; k++) whole.step(each.metrics?.[k]);
        const rest = make(each);
        rest.optimizer.groups[0].lr = whole.lr;
        rest.loadStateDict(JSON.parse(JSON.stringify(whole.stateDict())));
        expect(rest.lr).toBe(whole.lr);
        for (let k = stop; k < 20; k++) {
          whole.step(each.metrics?.[k]);
          rest.step(each.metrics?.[k]);
          expect(rest.lr).toBe(whole.lr);
        }
      }
    });
  }
});
