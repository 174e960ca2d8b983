import {
  addingMeanMse,
  addingProblem,
  agreement,
  agreementWords,
  middleWord,
  middleWordForwardAccuracy,
  middleWordVerbs,
  middleWordWords,
  personPhone,
  personPhoneWords,
  type UniformStream,
} from '@unroll/datasets';
import type { LossFunction } from '@unroll/trainers';
import { type Examples, meanSquaredError, numbers, surprise, words } from './examples.ts';

export const problemNames = ['adding', 'person-phone', 'agreement', 'middle-word'] as const;

export type ProblemName = (typeof problemNames)[number];

/** What a net is asked to do with a sequence: one answer, at one step. */
export interface Problem {
  /** Features of an input row; of words, how many there are. */
  readonly inputs: number;
  /** Whether the inputs are ids of words. */
  readonly ids: boolean;
  readonly outputs: number;
  /** Time steps of a sequence. */
  readonly steps: number;
  /** The step at which the answer is asked for. */
  readonly asked: number;
  /** How the error is counted, and how a result is reported. */
  readonly loss: LossFunction;
  readonly metric: 'mse' | 'accuracy';
  /** What an answer reaches that remembers nothing, under its name in the result. */
  readonly baselines: Readonly<Record<string, number>>;
  draw(count: number, stream: UniformStream): Examples;
}

/**
 * A problem at a range: the length of an adding problem or of a sentence with a gap, the words between what is to be
 * kept and the question in the others.
 */
export function problemOf(name: ProblemName, range: number): Problem {
  return problems[name](range);
}

const problems: Readonly<Record<ProblemName, (range: number) => Problem>> = {
  adding: (length) => ({
    ...{ inputs: 2, ids: false, outputs: 1, steps: length, asked: length - 1 },
    ...{ loss: meanSquaredError, metric: 'mse', baselines: { 'mean.mse': addingMeanMse } },
    draw: (count, stream) =>
      numbers(Array.from({ length: count }, () => addingProblem({ length }, stream))),
  }),
  'person-phone': (distance) =>
    wordProblem({
      words: personPhoneWords.length,
      answers: personPhoneWords.length,
      // One of four people or of ten digits; the question says which.
      baselines: { 'person-phone.guess.accuracy': (1 / 4 + 1 / 10) / 2 },
      draw: (stream) => personPhone({ distance }, stream),
    }),
  agreement: (distance) =>
    wordProblem({
      words: agreementWords.length,
      answers: 2,
      baselines: { 'agreement.guess.accuracy': 1 / 2 },
      draw: (stream) => agreement({ distance }, stream),
    }),
  'middle-word': (length) =>
    wordProblem({
      words: middleWordWords.length,
      answers: middleWordVerbs.length,
      baselines: { 'middle-word.forward.accuracy': middleWordForwardAccuracy },
      asked: (length - 1) / 2,
      draw: (stream) => middleWord({ length }, stream),
    }),
};

interface WordProblem extends Pick<Problem, 'baselines'> {
  readonly words: number;
  readonly answers: number;
  /** Default: the last step. */
  readonly asked?: number;
  draw(stream: UniformStream): { readonly input: readonly number[]; readonly target: number };
}

function wordProblem({ words: inputs, answers: outputs, draw, ...given }: WordProblem): Problem {
  const steps = draw({ next: () => 0 }).input.length;
  const { asked = steps - 1, baselines } = given;
  return {
    ...{ inputs, ids: true, outputs, steps, asked, baselines, loss: surprise, metric: 'accuracy' },
    draw: (count, stream) =>
      words(
        Array.from({ length: count }, () => draw(stream)),
        asked,
      ),
  };
}
