import { tolerances } from '@unroll/backend/testing';
import { zeros } from '@unroll/tensor';
import { fixture } from '@unroll/tensor/testing';
import { describe, expect, test } from 'vitest';
import * as schedules from '../index.ts';
import { type Schedule, SGD } from '../index.ts';

interface Case {
  schedule: string;
  options: object;
  lr: number;
  metrics?: number[];
  rates: number[];
}

const { cases } = fixture<{ cases: Case[] }>(import.meta.url, 'schedules');

function make({ schedule, options, lr }: Case): Schedule {
  const kinds = schedules as unknown as Record<string, new (...args: unknown[]) => Schedule>;
  return new kinds[schedule](new SGD([zeros([1])], { lr }), options);
}

function close(found: number, expected: number): void {
  const allowed = tolerances.fixture.float64 * Math.max(...cases.flatMap(({ rates }) => rates));
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(allowed);
}

describe('twenty steps give the learning rates of PyTorch', () => {
  for (const each of cases) {
    const { schedule: name, options, rates, metrics } = each;
    test(`${name} ${JSON.stringify(options)}`, () => {
      const schedule = make(each);
      close(schedule.lr, rates[0]);
      for (let k = 1; k <= 20; k++) {
        schedule.step(metrics?.[k - 1]);
        close(schedule.lr, rates[k]);
      }
    });
  }
});

describe('a schedule that was saved and loaded anywhere goes on with the same rates, to the bit', () => {
  for (const each of cases) {
    test(`${each.schedule} ${JSON.stringify(each.options)}`, () => {
      for (let stop = 0; stop < 20; stop++) {
        const whole = make(each);
        for (let k = 0; k < stop; k++) whole.step(each.metrics?.[k]);
        const rest = make(each);
        for (const [i, group] of rest.optimizer.groups.entries()) {
          Object.assign(group, { lr: whole.optimizer.groups[i].lr });
        }
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
