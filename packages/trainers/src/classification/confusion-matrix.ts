import { DataError, OptionError } from '@unroll/backend';

/** How often class `row` was taken for class `column`: `[classes][classes]`, right answers on the diagonal. */
export type ConfusionMatrix = readonly (readonly number[])[];

/**
 * Counts which class was taken for which.
 *
 * @param expected ids of the right classes
 * @param predicted ids of the answers, one for each
 * @param classes how many there are
 * @throws DataError for different numbers of both, none, or an id that is no class
 * @example
 * confusionMatrix([0, 0, 1], [0, 1, 1], 2); // [[1, 1], [0, 1]]
 */
export function confusionMatrix(
  expected: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
): ConfusionMatrix {
  const operation = 'confusionMatrix';
  if (!Number.isSafeInteger(classes) || classes < 1) {
    throw new OptionError(operation, `classes must be a whole number above 0; got ${classes}`);
  }
  if (expected.length !== predicted.length || expected.length === 0) {
    throw new DataError(
      operation,
      `needs an answer for each example; got ${predicted.length} answers for ${expected.length} examples`,
    );
  }
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < expected.length; i++) {
    const [right, said] = [expected[i], predicted[i]];
    if (counts[right]?.[said] === undefined) {
      throw new DataError(
        operation,
        `ids must be 0 … ${classes - 1}; example ${i} is ${right} and was taken for ${said}`,
        { i, expected: right, predicted: said, classes },
      );
    }
    counts[right][said]++;
  }
  return counts;
}

/** The share of right answers: the diagonal over all. */
export function accuracy(matrix: ConfusionMatrix): number {
  const right = sum(matrix.map((row, i) => row[i]));
  return right / sum(matrix.flat());
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
