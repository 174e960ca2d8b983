import type { ProblemName } from '../problem.ts';
import { rangesOf, type Study, trialOf } from './study.ts';

const problems: readonly (readonly [ProblemName, string])[] = [
  ['agreement', 'agreement'],
  ['adding', 'adding'],
];

/** A net whose gradient reaches back from its first step on, so that nothing but the window can cut it off. */
const reaching = { cell: 'rnn-relu', start: 'identity', lr: 0.001 } as const;

/** "We will lose temporal context after 10" steps, say the lectures of truncated backpropagation. */
export const truncation: Study = {
  title: 'what is lost when gradients go back 10 steps only?',
  takesCell: true,
  trials: (wishes) =>
    problems.flatMap(([problem, words]) =>
      [undefined, 10].flatMap((window) =>
        rangesOf(wishes, { full: [5, 10, 20, 50], quick: [5, 20] }).map((range) => {
          const line = window === undefined ? 'whole' : `window ${window}`;
          const suffix = window === undefined ? 'whole' : `window${window}`;
          return trialOf(wishes, {
            ...{ name: `${problem}.${suffix}.t${range}`, row: `${words}, ${line}` },
            ...{ panel: `${words}, ${range} steps`, line, problem, range },
            ...(wishes.cell ? { cell: wishes.cell } : reaching),
            ...(window === undefined ? {} : { window }),
          });
        }),
      ),
    ),
};
