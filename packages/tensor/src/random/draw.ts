import { math } from '@unroll/backend';
import type { RandomSource } from './source.ts';

export type Floats = Float32Array | Float64Array;

/** Fills `out` evenly from [low, high). */
export function uniforms(source: RandomSource, out: Floats, low: number, high: number): void {
  const width = high - low;
  const words = out instanceof Float32Array ? source.words(out.length) : undefined;
  for (let i = 0; i < out.length; i++) {
    const fraction = words ? (words[i] >>> 8) * 2 ** -24 : source.fraction();
    out[i] = low + width * fraction;
    // Rounding may reach the end of the range, which does not belong to it.
    if (out[i] >= high) out[i] = low;
  }
}

/**
 * Fills `out` with pairs √(−2·ln u)·cos 2πv, √(−2·ln u)·sin 2πv. Box and Muller, "A note on the generation of random
 * normal deviates", 1958. The logarithm and the circle are our own: engines differ in theirs.
 */
export function normals(source: RandomSource, out: Floats, mean: number, std: number): void {
  const pairs = Math.ceil(out.length / 2);
  const words = out instanceof Float32Array ? source.words(2 * pairs) : undefined;
  for (let i = 0; i < pairs; i++) {
    // 1 − [0, 1) and (0, 1] have no zero, of which there is no logarithm.
    const u = words ? (words[2 * i] + 1) * 2 ** -32 : 1 - source.fraction();
    const v = words ? words[2 * i + 1] * 2 ** -32 : source.fraction();
    const radius = std * Math.sqrt(-2 * math.log(u));
    const angle = 2 * Math.PI * v;
    out[2 * i] = mean + radius * math.cos(angle);
    if (2 * i + 1 < out.length) out[2 * i + 1] = mean + radius * math.sin(angle);
  }
}
