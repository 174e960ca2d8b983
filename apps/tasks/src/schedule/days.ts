/** Deck 0's exercises: they follow each other in this order, over and over. */
export const exercises = ['shoulder', 'biceps', 'cardio'] as const;

/** Length of one day's input: one place per exercise, and one that says that the day was skipped. */
export const inputSize = exercises.length + 1;

/** One day of a patient. */
export interface Day {
  /** The exercise done on it, as an index into `exercises`; undefined on a skipped day. */
  readonly done: number | undefined;
  /** The exercise due on the next day that is not skipped: what is to be predicted. */
  readonly due: number;
}

/**
 * The days of one patient. The plan begins with any exercise and goes on by one on every training day; a skipped day
 * leaves it where it was. The first day is never skipped: without one exercise seen, nobody could know what is due.
 *
 * @param options `days`: how many; `skip`: chance that a day is skipped
 * @param next gives random numbers in [0, 1)
 */
export function patient(
  { days, skip }: { readonly days: number; readonly skip: number },
  next: () => number,
): Day[] {
  let due = Math.floor(next() * exercises.length);
  return Array.from({ length: days }, (_, day) => {
    if (next() < skip && day > 0) return { done: undefined, due };
    const done = due;
    due = (due + 1) % exercises.length;
    return { done, due };
  });
}

/** A day as the network sees it, of length `inputSize`: a skipped day says that it was skipped, and nothing else. */
export function inputOf({ done }: Day): number[] {
  const input = new Array<number>(inputSize).fill(0);
  input[done ?? exercises.length] = 1;
  return input;
}

/**
 * Share of days, and of skipped days, whose guess is right.
 *
 * @param guesses one id per day, patient after patient
 */
export function score(
  patients: readonly (readonly Day[])[],
  guesses: ArrayLike<number>,
): { readonly all: number; readonly skipped: number } {
  const days = patients.flat();
  const right = days.map(({ due }, i) => due === guesses[i]);
  const skipped = right.filter((_, i) => days[i].done === undefined);
  return { all: share(right), skipped: share(skipped) };
}

/**
 * The best that any model can do which sees the present day and nothing before it, a feed-forward net among them: for
 * each of the four inputs, the answer that was most often right in training. After a skipped day it can only guess.
 */
export function presentInputGuesses(
  train: readonly (readonly Day[])[],
  test: readonly (readonly Day[])[],
): number[] {
  const counts = Array.from({ length: inputSize }, () => exercises.map(() => 0));
  const row = ({ done }: Day) => counts[done ?? exercises.length];
  for (const day of train.flat()) row(day)[day.due]++;
  return test.flat().map((day) => row(day).indexOf(Math.max(...row(day))));
}

function share(right: readonly boolean[]): number {
  return right.filter(Boolean).length / right.length;
}
