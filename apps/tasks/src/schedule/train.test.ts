import { manualSeed, randomStream } from '@unroll/tensor';
import { beforeEach, describe, expect, test } from 'vitest';
import { presentInputGuesses, score } from './days.ts';
import { NextExercise } from './model.ts';
import { drawPatients, guess, type ScheduleSettings, toSequences, train } from './train.ts';

const settings: ScheduleSettings = { patients: 16, days: [3, 10], skip: 0.3, steps: 120, lr: 0.03 };
const { signal } = new AbortController();

beforeEach(() => manualSeed(1));

describe('schedule', () => {
  test('a tiny recurrent network learns what nothing that sees only the present day can', async () => {
    const model = new NextExercise({ cell: 'rnn', hiddenSize: 12 });
    const stream = randomStream('patients');
    const errors = await train(model, settings, stream, signal);
    expect(errors).toHaveLength(settings.steps);
    expect(errors[0]).toBeGreaterThan(0.9); // about ln 3

    const patients = drawPatients({ ...settings, patients: 100 }, randomStream('test patients'));
    const ours = score(patients, await guess(model, patients));
    const present = score(patients, presentInputGuesses(patients, patients));
    expect(ours.skipped).toBeGreaterThan(0.95);
    expect(ours.all).toBeGreaterThan(0.95);
    expect(present.skipped).toBeLessThan(0.5);
  });

  test('the same seed trains to the same bits', async () => {
    const run = async () => {
      manualSeed(3);
      const model = new NextExercise({ cell: 'gru', hiddenSize: 4 });
      return train(model, { ...settings, steps: 4 }, randomStream('patients'), signal);
    };
    expect(await run()).toEqual(await run());
  });

  test('guesses come patient after patient, in the order that was given', async () => {
    const model = new NextExercise({ cell: 'rnn', hiddenSize: 4 });
    const patients = drawPatients({ ...settings, patients: 5 }, randomStream('patients'));
    const alone = await Promise.all(patients.map((days) => guess(model, [days])));
    expect(await guess(model, patients)).toEqual(alone.flat());
    expect(toSequences(patients).x.lengths).toEqual(patients.map((days) => days.length));
  });

  test('Ctrl-C ends the training', async () => {
    const stop = new AbortController();
    const model = new NextExercise({ cell: 'rnn', hiddenSize: 4 });
    const training = train(model, { ...settings, steps: 1e6 }, randomStream('x'), stop.signal);
    setTimeout(() => stop.abort(new Error('stopped')), 20);
    await expect(training).rejects.toThrow('stopped');
  });
});
