import { threefry } from './threefry.ts';

const wordRange = 2 ** 32;

/** A place in a random sequence. */
export interface RandomPlace {
  /** Which sequence it is: two words. */
  readonly key: Uint32Array;
  /** How many blocks of two words stand before the place: a whole number up to 2⁵³ − 1. */
  readonly counter: number;
}

/**
 * Fills `out` with the random words that begin at a place, two from each block: what the cipher makes of the counter as a
 * number of 64 bits. Leaves no garbage: words above 2³¹ are no small integers, so they are handed on in an array only.
 */
export function fillWords({ key, counter }: RandomPlace, out: Uint32Array): void {
  const whole = out.length & -2;
  for (let i = 0; i < whole; i += 2) block(key, counter + i / 2, out, i);
  if (whole === out.length) return;
  const last = new Uint32Array(2);
  block(key, counter + whole / 2, last, 0);
  out[whole] = last[0];
}

function block(key: Uint32Array, counter: number, out: Uint32Array, at: number): void {
  threefry(key, counter | 0, (counter / wordRange) | 0, out, at);
}
