/** A double and its two 32-bit words (every platform with typed arrays in use is little-endian: word 1 is the high one). */
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** The binary exponent e of a normal x = ±m · 2ᵉ with 1 ≤ m < 2. */
export function exponentOf(x: number): number {
  double[0] = x;
  return ((words[1] >>> 20) & 0x7ff) - 1023;
}

/** The m of it: x with its exponent set to 0 and its sign gone. */
export function mantissaOf(x: number): number {
  double[0] = x;
  words[1] = (words[1] & 0xfffff) | 0x3ff00000;
  return double[0];
}

/** 2ᵏ for −1022 ≤ k ≤ 1023, exact. */
export function powerOfTwo(k: number): number {
  words[0] = 0;
  words[1] = (k + 1023) << 20;
  return double[0];
}

/** x · 2ᵏ for −2044 ≤ k ≤ 2046, rounded once. */
export function scale(x: number, k: number): number {
  if (k > 1023) return x * powerOfTwo(1023) * powerOfTwo(k - 1023);
  if (k < -1022) return x * powerOfTwo(k + 1022) * powerOfTwo(-1022);
  return x * powerOfTwo(k);
}
