import type { ProblemName } from '../problem.ts';
import { rangesOf, type Study, trialOf } from './study.ts';

const problems: readonly (readonly [ProblemName, string])[] = [
  ['person-phone', 'person and phone'],
  ['agreement', 'subject and verb'],
];

/** The lectures' two sentences: whose phone number was it, and was or were the cat full? */
export const words: Study = {
  title: 'keeping a word in mind: which cells bridge how many words?',
  takesCell: true,
  trials: (wishes) =>
    problems.flatMap(([problem, what]) =>
      (wishes.cell ? [wishes.cell] : (['rnn', 'lstm', 'gru'] as const)).flatMap((cell) =>
        rangesOf(wishes, { full: [5, 10, 20], quick: [5, 10] }).map((range) =>
          trialOf(wishes, {
            ...{ name: `${problem}.${cell}.t${range}`, row: `${what}, ${cell}`, line: cell },
            ...{ panel: `${what}, ${range} between`, problem, range, cell },
          }),
        ),
      ),
    ),
};
