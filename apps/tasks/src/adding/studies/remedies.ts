import type { Trial } from '../trial.ts';
import { rangesOf, type Study, trialOf } from './study.ts';

/** What the lectures name against vanishing and exploding gradients, one run each, with nothing else changed. */
export const remedies: Study = {
  title: 'adding two marked numbers: what helps a tanh RNN?',
  takesCell: false,
  gradients: 'by net',
  trials: (wishes) =>
    rangesOf(wishes, { full: [50], quick: [20] }).flatMap((range) =>
      Object.entries(nets).map(([name, { row, ...own }]) =>
        trialOf(wishes, {
          ...{ name: `${name}.t${range}`, row, panel: row, line: 'validation' },
          ...{ problem: 'adding', range, ...plain, ...own },
        }),
      ),
    ),
};

/** No clipping, and a learning rate at which every one of them trains steadily. */
const plain = { cell: 'rnn', lr: 0.001, clip: undefined } as const;

const nets: Readonly<Record<string, Partial<Trial> & Pick<Trial, 'row'>>> = {
  tanh: { row: 'tanh RNN' },
  'relu-identity': { row: 'ReLU, identity start', cell: 'rnn-relu', start: 'identity' },
  'relu-identity-clipping': {
    row: 'the same, clipped',
    ...{ cell: 'rnn-relu', start: 'identity', clip: { norm: 1 } },
  },
  orthogonal: { row: 'orthogonal start', start: 'orthogonal' },
  clipping: { row: 'clipping at 1', clip: { norm: 1 } },
  'min-norm': { row: 'norm between 0.1 and 1', clip: { norm: 1, min: 0.1 } },
  rmsprop: { row: 'RMSprop for Adam', optimizer: 'rmsprop' },
  truncation: { row: 'truncated at 10 steps', window: 10 },
  gru: { row: 'GRU', cell: 'gru' },
  lstm: { row: 'LSTM', cell: 'lstm' },
};
