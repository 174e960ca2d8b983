import { expect, test } from 'vitest';
import type { TrialOutcome } from './run-trial.ts';
import { linesOf, resultTable } from './table.ts';
import type { Trial } from './trial.ts';

const outcome = (
  own: Pick<Trial, 'row' | 'range' | 'problem'>,
  metrics: TrialOutcome['metrics'],
): TrialOutcome => ({
  trial: {
    ...{ name: 'x', panel: 'x', line: 'x', cell: 'rnn', hiddenSize: 4, optimizer: 'adam' },
    ...{ lr: 0.01, batchSize: 2, batches: 5, every: 1, solved: 0, ...own },
  },
  metrics,
  curve: [],
});

test('a table has a row for each net, a column for each range, and what needs no memory below', () => {
  const table = resultTable([
    outcome({ row: 'rnn', range: 50, problem: 'adding' }, { 'test.mse': 0.16789 }),
    outcome({ row: 'rnn', range: 100, problem: 'adding' }, { 'diverged.step': 12 }),
    outcome({ row: 'verbs', range: 100, problem: 'agreement' }, { 'test.accuracy': 0.998 }),
  ]);
  expect(linesOf(table)).toEqual([
    '                   at 50                  at 100',
    'rnn               0.1679  no number from step 12',
    'verbs                                     99.8 %',
    'mean              0.1667                  0.1667',
    'agreement, guess  50.0 %                  50.0 %',
  ]);
});
