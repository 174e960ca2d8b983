import { rangesOf, type Study, trialOf } from './study.ts';

/** A forward net against a bidirectional one with half as many units each way. */
export const middle: Study = {
  title: 'the word in the middle: what does reading backwards bring?',
  takesCell: true,
  trials: (wishes) =>
    [false, true].flatMap((bidirectional) =>
      rangesOf(wishes, { full: [11, 21, 41], quick: [5, 11] }).map((range) => {
        const line = bidirectional ? 'bidirectional' : 'forward';
        const { hiddenSize = 64 } = wishes.settings;
        const half = bidirectional ? Math.ceil(hiddenSize / 2) : hiddenSize;
        const settings = { ...wishes.settings, hiddenSize: half };
        return trialOf(
          { ...wishes, settings },
          {
            ...{ name: `${line}.t${range}`, row: line, panel: `${range} words`, line },
            ...{ problem: 'middle-word', range, cell: wishes.cell ?? 'lstm', bidirectional },
            ...{ batches: 3000 },
          },
        );
      }),
    ),
};
