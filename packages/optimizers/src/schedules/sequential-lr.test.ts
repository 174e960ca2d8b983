import { DataError } from '@unroll/backend';
import { zeros } from '@unroll/tensor';
import { expect, test } from 'vitest';
import { SGD } from '../optimizers/sgd.ts';
import { CosineAnnealingLR } from './cosine-annealing-lr.ts';
import { LinearWarmup } from './linear-warmup.ts';
import { ReduceLROnPlateau } from './reduce-lr-on-plateau.ts';
import type { Schedule } from './schedule.ts';
import { SequentialLR } from './sequential-lr.ts';
import { StepLR } from './step-lr.ts';

const optimizer = () => new SGD([zeros([1])], { lr: 0.4 });

function walk(schedule: Schedule, steps: number): number[] {
  const rates = [schedule.lr];
  for (let k = 0; k < steps; k++) {
    schedule.step(1);
    rates.push(schedule.lr);
  }
  return rates;
}

function warmThenCosineThenSteps(): SequentialLR {
  const one = optimizer();
  return new SequentialLR(one, {
    schedules: [
      new LinearWarmup(one, { totalIters: 4, startFactor: 0.25 }),
      new CosineAnnealingLR(one, { tMax: 6, etaMin: 0.1 }),
      new StepLR(one, { stepSize: 2 }),
    ],
    milestones: [4, 9],
  });
}

test('each schedule counts from its own beginning', () => {
  const found = walk(warmThenCosineThenSteps(), 13);
  const warm = walk(new LinearWarmup(optimizer(), { totalIters: 4, startFactor: 0.25 }), 3);
  const cosine = walk(new CosineAnnealingLR(optimizer(), { tMax: 6, etaMin: 0.1 }), 4);
  const steps = walk(new StepLR(optimizer(), { stepSize: 2 }), 4);
  expect(found).toEqual([...warm, ...cosine, ...steps]);
});

test('one that was saved and loaded anywhere goes on with the same rates', () => {
  const whole = walk(warmThenCosineThenSteps(), 13);
  for (let stop = 0; stop <= 13; stop++) {
    const first = warmThenCosineThenSteps();
    walk(first, stop);
    const second = warmThenCosineThenSteps();
    second.loadStateDict(JSON.parse(JSON.stringify(first.stateDict())));
    expect(walk(second, 13 - stop)).toEqual(whole.slice(stop));
  }
});

test('after a warm-up a plateau is watched from the full rate on', () => {
  const one = optimizer();
  const schedule = new SequentialLR(one, {
    schedules: [
      new LinearWarmup(one, { totalIters: 2, startFactor: 0.5 }),
      new ReduceLROnPlateau(one, { factor: 0.5, patience: 1 }),
    ],
    milestones: [3],
  });
  const rates = walk(schedule, 7).map((lr) => Math.round(lr * 1000) / 1000);
  expect(rates).toEqual([0.2, 0.3, 0.4, 0.4, 0.4, 0.4, 0.2, 0.2]);
});

test('schedules that do not fit together are errors', () => {
  const one = optimizer();
  const schedules = [new StepLR(one, { stepSize: 1 }), new StepLR(one, { stepSize: 2 })];
  const make = (milestones: number[], list: Schedule[] = schedules) => {
    return () => new SequentialLR(one, { schedules: list, milestones });
  };
  expect(make([], [])).toThrow(/schedules must not be empty/);
  expect(make([])).toThrow(/milestones must be one fewer than the 2 schedules; got 0/);
  expect(make([0])).toThrow(/milestones\[0\] must be whole and ≥ 1; got 0/);
  expect(make([5, 5], [...schedules, schedules[0]])).toThrow(
    /milestones\[1\] must be whole and ≥ 6/,
  );
  const stranger = new StepLR(optimizer(), { stepSize: 1 });
  expect(make([1], [schedules[0], stranger])).toThrow(
    /schedules\[1\] must act on the same optimizer/,
  );
});

test('the state of other schedules is refused', () => {
  const schedule = warmThenCosineThenSteps();
  expect(() => schedule.loadStateDict({ count: 1 })).toThrow(DataError);
  expect(() => schedule.loadStateDict({ count: 1, schedules: [{ count: 1 }] })).toThrow(DataError);
});
