import { exp, log } from '../math/index.ts';

/** log Σ eˣ over `count` values from `from` on; −Infinity for none. */
export function logSum(x: Float64Array, from = 0, count = x.length): number {
  let peak = Number.NEGATIVE_INFINITY;
  for (let i = from; i < from + count; i++) peak = Math.max(peak, x[i]);
  if (peak === Number.NEGATIVE_INFINITY) return peak;
  let sum = 0;
  for (let i = from; i < from + count; i++) sum += exp(x[i] - peak);
  return peak + log(sum);
}
