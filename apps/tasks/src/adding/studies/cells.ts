import { rangesOf, type Study, trialOf } from './study.ts';

/** The adding problem at growing lengths: tanh RNN, LSTM and GRU. */
export const cells: Study = {
  title: 'adding two marked numbers: which cells bridge how many steps?',
  takesCell: true,
  gradients: 'by range',
  trials: (wishes) =>
    (wishes.cell ? [wishes.cell] : (['rnn', 'lstm', 'gru'] as const)).flatMap((cell) =>
      rangesOf(wishes, { full: [50, 100, 200], quick: [10, 20] }).map((range) =>
        trialOf(wishes, {
          ...{ name: `${cell}.t${range}`, row: cell, panel: `${range} steps`, line: cell },
          ...{ problem: 'adding', range, cell },
        }),
      ),
    ),
};
