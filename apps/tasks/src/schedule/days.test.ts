import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Day,
  exercises,
  inputOf,
  inputSize,
  patient,
  presentInputGuesses,
  score,
} from './days.ts';

/** A little generator for the tests (Park and Miller). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
}

function patients(count: number, skip: number, seed = 5): Day[][] {
  const next = dice(seed);
  return Array.from({ length: count }, () => patient({ days: 20, skip }, next));
}

describe('the physiotherapist’s schedule', () => {
  test('without a skipped day repeats every third day', () => {
    const done = patient({ days: 7, skip: 0 }, () => 0.5).map((day) => exercises[day.done ?? -1]);
    expect(done).toEqual([
      'biceps',
      'cardio',
      'shoulder',
      'biceps',
      'cardio',
      'shoulder',
      'biceps',
    ]);
  });

  test('goes on after skipped days where it stopped', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        (seed, skip) => {
          const days = patient({ days: 30, skip }, dice(seed));
          const done = days.flatMap((day) => day.done ?? []);
          expect(days[0].done).toBeDefined();
          done.forEach((exercise, i) => {
            expect(exercise).toBe((done[0] + i) % 3);
          });
          days.forEach((day, i) => {
            const before = days.slice(0, i + 1).filter((each) => each.done !== undefined).length;
            expect(day.due).toBe((done[0] + before) % 3);
          });
        },
      ),
      { numRuns: 50 },
    );
  });

  test('shows a skipped day by its flag alone', () => {
    expect(inputOf({ done: 1, due: 2 })).toEqual([0, 1, 0, 0]);
    expect(inputOf({ done: undefined, due: 2 })).toEqual([0, 0, 0, 1]);
    expect(inputOf({ done: undefined, due: 0 })).toHaveLength(inputSize);
  });

  test('is the same again from the same random numbers', () => {
    expect(patients(3, 0.3)).toEqual(patients(3, 0.3));
  });

  test('cannot be solved from the present day alone, least of all after a skipped one', () => {
    const [train, test] = [patients(300, 0.3), patients(300, 0.3, 99)];
    const { all, skipped } = score(test, presentInputGuesses(train, test));
    expect(skipped).toBeLessThan(0.45); // a guess among three
    expect(all).toBeLessThan(0.85);
    expect(
      score(
        train,
        train.flat().map((day) => day.due),
      ),
    ).toEqual({ all: 1, skipped: 1 });
  });

  test('can be solved from the present day alone when none is skipped', () => {
    const days = patients(20, 0);
    expect(score(days, presentInputGuesses(days, days)).all).toBe(1);
  });
});
