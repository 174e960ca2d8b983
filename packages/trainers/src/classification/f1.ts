import { type ConfusionMatrix, sum } from './confusion-matrix.ts';

/** How well one class is told from the others. What is divided by zero is 0, as in scikit-learn. */
export interface ClassScores {
  /** Of what was taken for the class, the share that is of it: TP / (TP + FP). */
  readonly precision: number;
  /** Of what is of the class, the share that was found: TP / (TP + FN). */
  readonly recall: number;
  /** Their harmonic mean: 2·precision·recall / (precision + recall). */
  readonly f1: number;
  /** How many examples are of the class. */
  readonly count: number;
}

export interface F1Scores {
  /** In the order of the ids. */
  readonly perClass: readonly ClassScores[];
  /** The mean over the classes, each counting the same however rare it is; a class without examples does not count. */
  readonly macro: number;
  /** Over all decisions together; with one answer for each example it is the accuracy. */
  readonly micro: number;
}

/**
 * The F1 scores of a {@link confusionMatrix} (van Rijsbergen 1979; macro and micro as in Lewis et al. 2004).
 *
 * @example
 * const { macro, perClass } = f1Scores([[8, 2], [1, 9]]);
 * console.log(macro, perClass[0].precision); // 0.8496…, 8 / 9
 */
export function f1Scores(matrix: ConfusionMatrix): F1Scores {
  const perClass = matrix.map((row, c): ClassScores => {
    const found = row[c];
    const count = sum(row);
    const taken = sum(matrix.map((each) => each[c]));
    return {
      precision: share(found, taken),
      recall: share(found, count),
      f1: share(2 * found, taken + count),
      count,
    };
  });
  const right = sum(matrix.map((row, c) => row[c]));
  const there = perClass.filter(({ count }) => count > 0);
  return {
    perClass,
    macro: share(sum(there.map(({ f1 }) => f1)), there.length),
    micro: share(right, sum(matrix.flat())),
  };
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
