import { DataError, OptionError } from '@unroll/backend';
import { zeros } from '@unroll/tensor';
import { describe, expect, test } from 'vitest';
import { SGD } from '../optimizers/sgd.ts';
import { ClosedFormSchedule } from './closed-form.ts';
import { CosineAnnealingLR } from './cosine-annealing-lr.ts';
import { ExponentialLR } from './exponential-lr.ts';
import { LinearWarmup } from './linear-warmup.ts';
import { MultiStepLR } from './multi-step-lr.ts';
import { OneCycleLR } from './one-cycle-lr.ts';
import { ReduceLROnPlateau } from './reduce-lr-on-plateau.ts';
import type { Scheduled } from './schedule.ts';
import { StepLR } from './step-lr.ts';

const optimizer = (...rates: number[]) =>
  new SGD(rates.map((lr) => ({ params: [zeros([1])], lr })));
const ratesOf = ({ groups }: Scheduled) => groups.map(({ lr }) => lr);

describe('a schedule', () => {
  test('changes each group from its own rate', () => {
    const two = optimizer(8, 2);
    const schedule = new StepLR(two, { stepSize: 1, gamma: 0.5 });
    schedule.step();
    expect(ratesOf(two)).toEqual([4, 1]);
    expect(schedule.lr).toBe(4);
    expect(schedule.count).toBe(1);
  });

  test('made after another starts from where that one did', () => {
    const one = optimizer(8);
    new StepLR(one, { stepSize: 1 }).step();
    const second = new ExponentialLR(one, { gamma: 0.5 });
    expect(second.lr).toBe(8);
  });

  test('goes on from a rate that is set by hand', () => {
    const one = optimizer(8);
    const schedule = new StepLR(one, { stepSize: 1, gamma: 0.5 });
    schedule.step();
    one.lr = 100;
    schedule.step();
    expect(one.lr).toBe(25);
  });

  test('of one’s own is a function', () => {
    class InverseSquareRoot extends ClosedFormSchedule {
      constructor(optimizer: Scheduled) {
        super('InverseSquareRoot', optimizer, (k, initial) => initial / Math.sqrt(k + 1));
      }
    }
    const schedule = new InverseSquareRoot(optimizer(6));
    for (let k = 0; k < 3; k++) schedule.step();
    expect(schedule.lr).toBe(3);
  });

  test('refuses the state of another kind', () => {
    const schedule = new StepLR(optimizer(1), { stepSize: 2 });
    for (const state of [{}, { count: -1 }, { count: 1.5 }, { count: '3' }]) {
      expect(() => schedule.loadStateDict(state)).toThrow(DataError);
    }
    expect(() => schedule.loadStateDict({ best: 3 })).toThrow(
      "StepLR.loadStateDict: 'count' cannot be missing",
    );
    expect(schedule.count).toBe(0);
  });
});

describe('the one-cycle schedule', () => {
  test('has a highest rate for each group, or one for all', () => {
    const each = optimizer(1, 1);
    const schedule = new OneCycleLR(each, { maxLr: [4, 8], totalSteps: 11, pctStart: 6 / 11 });
    for (let k = 0; k < 5; k++) schedule.step();
    expect(ratesOf(each)).toEqual([4, 8]);
    const all = optimizer(1, 1);
    new OneCycleLR(all, { maxLr: 50, totalSteps: 10 });
    expect(ratesOf(all)).toEqual([2, 2]);
  });

  test('starts at the top when nothing is left of the rise', () => {
    const schedule = new OneCycleLR(optimizer(1), { maxLr: 3, totalSteps: 4, pctStart: 0.25 });
    expect(schedule.lr).toBeCloseTo(3, 12);
  });

  test('stays at its end for one step and then is an error', () => {
    const schedule = new OneCycleLR(optimizer(1), { maxLr: 1, totalSteps: 3 });
    for (let k = 0; k < 3; k++) schedule.step();
    expect(schedule.lr).toBeCloseTo(1 / 25 / 1e4, 15);
    expect(() => schedule.step()).toThrow(
      /the cycle is over after totalSteps \(3\); this is step 4/,
    );
  });
});

describe('reducing on a plateau', () => {
  test('counts NaN as no improvement, and a first one as none', () => {
    const schedule = new ReduceLROnPlateau(optimizer(1), { patience: 1, factor: 0.5 });
    schedule.step(Number.NaN);
    expect(schedule.stateDict()).toEqual({ best: null, badSteps: 1, cooldown: 0 });
    schedule.step(2);
    schedule.step(Number.NaN);
    expect(schedule.lr).toBe(1);
    schedule.step(Number.NaN);
    expect(schedule.lr).toBe(0.5);
  });

  test('needs a metric that is a number', () => {
    const schedule = new ReduceLROnPlateau(optimizer(1));
    expect(() => schedule.step()).toThrow(/ReduceLROnPlateau: the metric must be a number/);
  });

  test('leaves a rate alone that would hardly fall', () => {
    const one = optimizer(1);
    const schedule = new ReduceLROnPlateau(one, { patience: 0, factor: 0.5, eps: 0.3 });
    for (let k = 0; k < 4; k++) schedule.step(1);
    expect(one.lr).toBe(0.5);
  });
});

test('options out of range are errors that name them', () => {
  const one = optimizer(1);
  const wrong: [() => unknown, RegExp][] = [
    [() => new StepLR(one, { stepSize: 0 }), /StepLR: stepSize must be whole and ≥ 1; got 0/],
    [() => new StepLR(one, { stepSize: 1, gamma: Number.NaN }), /gamma must be above 0/],
    [() => new MultiStepLR(one, { milestones: [3, 1.5] }), /milestones\[1\] must be whole/],
    [() => new ExponentialLR(one, { gamma: 0 }), /gamma must be above 0/],
    [() => new CosineAnnealingLR(one, { tMax: 0 }), /tMax must be whole and ≥ 1/],
    [() => new CosineAnnealingLR(one, { tMax: 1, etaMin: -1 }), /etaMin must be 0 or above/],
    [() => new LinearWarmup(one, { startFactor: 2 }), /startFactor must be at most 1; got 2/],
    [() => new LinearWarmup(one, { totalIters: 0 }), /totalIters must be whole and ≥ 1/],
    [() => new OneCycleLR(one, { maxLr: [1, 2], totalSteps: 9 }), /one rate for each of 1 groups/],
    [() => new OneCycleLR(one, { maxLr: 1, totalSteps: 1 }), /totalSteps must be whole and ≥ 2/],
    [() => new OneCycleLR(one, { maxLr: 1, totalSteps: 5, pctStart: 1 }), /pctStart must lie in/],
    [() => new ReduceLROnPlateau(one, { factor: 1 }), /factor must lie in \(0, 1\)/],
    [() => new ReduceLROnPlateau(one, { patience: -1 }), /patience must be whole/],
    [
      () => new ReduceLROnPlateau(one, { mode: 'low' as 'min' }),
      /mode must be min or max; got low/,
    ],
  ];
  for (const [make, message] of wrong) {
    expect(make).toThrow(OptionError);
    expect(make).toThrow(message);
  }
  expect(one.groups[0].initialLr).toBeUndefined();
});
