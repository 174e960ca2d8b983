import { math, NumericError } from '@unroll/backend';

/**
 * Log-probabilities of a row of scores, in double precision; −Infinity stays what cannot come.
 *
 * @throws NumericError for NaN or +Infinity
 */
export function logProbabilities(operation: string, scores: ArrayLike<number>): Float64Array {
  const x = Float64Array.from(scores);
  const peak = x.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (Number.isNaN(peak) || peak === Infinity) {
    throw new NumericError(
      operation,
      `the scores hold ${peak}; there is nothing to choose from. Did training go wrong?`,
    );
  }
  if (peak === Number.NEGATIVE_INFINITY) return x;
  const mass = peak + math.log(x.reduce((sum, value) => sum + math.exp(value - peak), 0));
  return x.map((value) => value - mass);
}

/** log(eᵃ + eᵇ) */
export function logAdd(a: number, b: number): number {
  const [low, high] = a < b ? [a, b] : [b, a];
  return low === Number.NEGATIVE_INFINITY ? high : high + math.log1p(math.exp(low - high));
}
