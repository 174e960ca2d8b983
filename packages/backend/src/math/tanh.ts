import { exp, expm1 } from './exp.ts';

/** Hyperbolic tangent (e²ˣ − 1)/(e²ˣ + 1), written so that nothing cancels; within 2 ulp. */
export function tanh(x: number): number {
  const a = Math.abs(x);
  if (a > 22) return x > 0 ? 1 : -1;
  const t = expm1(2 * a);
  const y = a < 1 ? t / (t + 2) : 1 - 2 / (t + 2);
  return x < 0 ? -y : x === 0 ? x : y;
}

/** Logistic function 1/(1 + e⁻ˣ), from the side where the exponential is small; within 2 ulp. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const e = exp(x);
  return e / (1 + e);
}
