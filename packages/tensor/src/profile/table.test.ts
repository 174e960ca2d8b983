import { expect, test } from 'vitest';
import { Profile } from './profile.ts';
import { type OperationTally, Recorder, type Tally } from './recorder.ts';

function tally(name: string, calls: number, time: number, flops = 0, bytes = 0): Tally {
  return { name, calls, time, flops, bytes };
}

function profileOf(tallies: (Tally & { stages?: Tally[] })[], time: number): Profile {
  const recorder = new Recorder();
  for (const { stages = [], ...rest } of tallies) {
    const inner = new Map(stages.map((stage) => [stage.name, stage]));
    recorder.operations.set(rest.name, { ...rest, stages: inner } satisfies OperationTally);
  }
  return new Profile(recorder, 0, time);
}

test('the table has the longest first, stages inside, small ones together, and adds up', () => {
  const found = profileOf(
    [
      tally('tanh', 40, 0.2, 4e4, 1200),
      tally('reshape', 1, 0.01, 0, 8),
      tally('neg', 2, 0.02, 100, 900),
      {
        ...tally('LSTM', 2, 150, 6e9, 2.5e7),
        stages: [tally('copies', 4, 10, 0, 1e6), tally('recurrent products', 100, 120, 4.8e9, 9e6)],
      },
    ],
    200,
  );
  expect(String(found).split('\n')).toEqual([
    'operation              calls      ms     share   GFLOP/s    bytes',
    '─────────────────────────────────────────────────────────────────',
    'LSTM                       2   150.0    75.0 %      40.0    25 MB',
    '├ recurrent products     100   120.0    60.0 %      40.0   9.0 MB',
    '└ copies                   4    10.0     5.0 %             1.0 MB',
    '3 others                  43     0.2     0.1 %       0.2   2.1 kB',
    '─────────────────────────────────────────────────────────────────',
    'outside of kernels              49.8    24.9 %',
    'all                            200.0   100.0 %',
  ]);
});

test('a function that computes nothing has a table without rows', () => {
  expect(String(profileOf([], 2)).split('\n').slice(2)).toEqual([
    '─────────────────────────────────────────────────────────────',
    'outside of kernels           2.00   100.0 %',
    'all                          2.00   100.0 %',
  ]);
});
