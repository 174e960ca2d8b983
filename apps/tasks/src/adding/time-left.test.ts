import { expect, test } from 'vitest';
import { TimeLeft } from './time-left.ts';
import type { Trial } from './trial.ts';

const trial: Trial = {
  ...{ name: 'x', row: 'x', panel: 'x', line: 'x', problem: 'adding', range: 10, cell: 'rnn' },
  ...{ hiddenSize: 4, optimizer: 'adam', lr: 0.01, batchSize: 2, batches: 5, every: 1, solved: 0 },
};

test('the time left goes by the work that was done in this process', () => {
  let now = 0;
  const long = { ...trial, range: 30 };
  const time = new TimeLeft([trial, trial, long], [trial], () => now);
  expect(time.inWords(trial, 0)).toBe('time left not known yet');
  now = 5_000;
  expect(time.inWords(trial, 0.5)).toBe('35 s left');
  now = 10_000;
  time.finish(trial);
  expect(time.inWords(long, 0)).toBe('30 s left');
  now = 400_000;
  expect(time.inWords(long, 1 / 3)).toBe('7 min left');
});
