import { DataError, OptionError } from '@unroll/backend';

/** Answers whose confidence lies in one interval. */
export interface ReliabilityBin {
  /** The interval: from `low`, which only the first includes, to `high`. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Mean confidence, and the share of right answers: equal where a model is calibrated. Both 0 in an empty bin. */
  readonly confidence: number;
  readonly accuracy: number;
}

export interface Calibration {
  /** Expected calibration error: Σ_b count_b / n · |accuracy_b − confidence_b|. */
  readonly ece: number;
  /** The reliability diagram as numbers. */
  readonly bins: readonly ReliabilityBin[];
}

/**
 * Whether answers that are called sure at 80 % are right in 80 % of cases (Guo et al. 2017, eq. 3; Naeini et al. 2015).
 *
 * @param confidences the probability that the model gave to each of its answers, in [0, 1]
 * @param right whether that answer was right
 * @param options.bins intervals of equal width; default 15
 * @throws DataError for different numbers of both, none, or a confidence outside of [0, 1]
 * @example
 * const { ece } = calibration([0.9, 0.9, 0.6], [true, false, true], { bins: 10 });
 * console.log(ece); // 2/3 · |0.5 − 0.9| + 1/3 · |1 − 0.6| = 0.4
 */
export function calibration(
  confidences: ArrayLike<number>,
  right: ArrayLike<boolean>,
  { bins: count = 15 }: { bins?: number } = {},
): Calibration {
  const operation = 'calibration';
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new OptionError(operation, `bins must be a whole number above 0; got ${count}`);
  }
  const n = confidences.length;
  if (n !== right.length || n === 0) {
    throw new DataError(
      operation,
      `needs for each confidence whether it was right; got ${n} and ${right.length}`,
    );
  }
  const sums = Array.from({ length: count }, () => ({ count: 0, confidence: 0, right: 0 }));
  for (let i = 0; i < n; i++) {
    const p = confidences[i];
    if (!(p >= 0 && p <= 1)) {
      throw new DataError(operation, `a confidence must be in [0, 1]; number ${i} is ${p}`, { p });
    }
    const bin = sums[Math.max(0, Math.ceil(p * count) - 1)];
    bin.count++;
    bin.confidence += p;
    bin.right += right[i] ? 1 : 0;
  }
  const bins = sums.map((bin, b): ReliabilityBin => {
    const of = (total: number) => (bin.count === 0 ? 0 : total / bin.count);
    const [low, high] = [b / count, (b + 1) / count];
    return {
      ...{ low, high, count: bin.count },
      confidence: of(bin.confidence),
      accuracy: of(bin.right),
    };
  });
  const ece = bins.reduce(
    (total, bin) => total + (bin.count / n) * Math.abs(bin.accuracy - bin.confidence),
    0,
  );
  return { ece, bins };
}
