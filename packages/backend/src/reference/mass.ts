import { exp, log } from '../math/index.ts';

/** The greatest of `count` values from `from` on, and Σ exp(x − max). */
export function massOf(
  values: ArrayLike<number>,
  from: number,
  count: number,
): { peak: number; sum: number } {
  let peak = Number.NEGATIVE_INFINITY;
  for (let i = from; i < from + count; i++) peak = Math.max(peak, values[i]);
  let sum = 0;
  for (let i = from; i < from + count; i++) sum += exp(values[i] - peak);
  return { peak, sum };
}

/** log Σ eˣ; −Infinity where every x is. */
export function logSum(x: Float64Array): number {
  const { peak, sum } = massOf(x, 0, x.length);
  return peak === Number.NEGATIVE_INFINITY ? peak : peak + log(sum);
}
