import { math } from '@unroll/backend';
import { fractionOf, type RandomSource } from './source.ts';

export type Floats = Float32Array | Float64Array;

/** Numbers, or pairs of them, that are made at a time; even, so that no half of a block is lost. */
const PIECE = 512;

/** Fills `out` evenly from [low, high). */
export function uniforms(source: RandomSource, out: Floats, low: number, high: number): void {
  const width = high - low;
  const each = wordsEach(out);
  const room = new Uint32Array(each * Math.min(PIECE, out.length));
  for (let at = 0; at < out.length; at += PIECE) {
    const piece = out.subarray(at, at + PIECE);
    const words = room.subarray(0, each * piece.length);
    source.fill(words);
    for (let i = 0; i < piece.length; i++) {
      const fraction =
        each === 1 ? (words[i] >>> 8) * 2 ** -24 : fractionOf(words[2 * i], words[2 * i + 1]);
      piece[i] = low + width * fraction;
      // Rounding may reach the end of the range, which does not belong to it.
      if (piece[i] >= high) piece[i] = low;
    }
  }
}

/**
 * Fills `out` with pairs √(−2·ln u)·cos 2πv, √(−2·ln u)·sin 2πv. Box and Muller, "A note on the generation of random
 * normal deviates", 1958. The logarithm and the circle are our own: engines differ in theirs.
 */
export function normals(source: RandomSource, out: Floats, mean: number, std: number): void {
  const pairs = Math.ceil(out.length / 2);
  const room = Math.min(PIECE, pairs);
  const words = new Uint32Array(2 * wordsEach(out) * room);
  const [us, cosines, sines] = [0, 1, 2].map(() => new Float64Array(room));
  for (let at = 0; at < pairs; at += PIECE) {
    const count = Math.min(PIECE, pairs - at);
    const u = us.subarray(0, count);
    const cos = cosines.subarray(0, count);
    const sin = sines.subarray(0, count);
    source.fill(words.subarray(0, (words.length / room) * count));
    takePairs(words, wordsEach(out), u, cos);
    math.logEach(u);
    for (let i = 0; i < count; i++) u[i] = std * Math.sqrt(-2 * u[i]);
    math.cosSinEach(cos, sin);
    putPairs(out.subarray(2 * at), mean, u, cos, sin);
  }
}

/** From words, u and the angle 2πv. 1 − [0, 1) and (0, 1] have no zero, of which there is no logarithm. */
function takePairs(words: Uint32Array, each: number, u: Float64Array, angle: Float64Array): void {
  for (let i = 0; i < u.length; i++) {
    const at = 2 * each * i;
    u[i] = each === 1 ? (words[at] + 1) * 2 ** -32 : 1 - fractionOf(words[at], words[at + 1]);
    const v = each === 1 ? words[at + 1] * 2 ** -32 : fractionOf(words[at + 2], words[at + 3]);
    angle[i] = 2 * Math.PI * v;
  }
}

function putPairs(
  out: Floats,
  mean: number,
  radius: Float64Array,
  cos: Float64Array,
  sin: Float64Array,
): void {
  for (let i = 0; i < radius.length; i++) {
    out[2 * i] = mean + radius[i] * cos[i];
    if (2 * i + 1 < out.length) out[2 * i + 1] = mean + radius[i] * sin[i];
  }
}

/** Words behind a fraction: float64 has 53 random bits. */
function wordsEach(out: Floats): 1 | 2 {
  return out instanceof Float32Array ? 1 : 2;
}
