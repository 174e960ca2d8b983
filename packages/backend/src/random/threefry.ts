/** Rotations of the eight kinds of round, Salmon et al., table 4 (2×32). */
const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/** Skein's key-schedule parity, 32 bits. */
const parity = 0x1bd11bda;

/**
 * Threefry-2x32 with 20 rounds: a block cipher without secrets, whose output for the counters 0, 1, 2, … is a random
 * sequence. Any block can be had without those before it.
 *
 * @param key two words
 * @param low low word of the counter
 * @param high high word of the counter
 * @param out receives two random words
 * @param at where in `out`; at its start, without
 * @see Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011
 */
export function threefry(
  key: Uint32Array,
  low: number,
  high: number,
  out: Uint32Array,
  at = 0,
): void {
  const k0 = key[0];
  const k1 = key[1];
  const k2 = k0 ^ k1 ^ parity;
  let x = (low + k0) | 0;
  let y = (high + k1) | 0;
  for (let group = 0; group < 5; group++) {
    const first = (group & 1) * 4;
    for (let i = first; i < first + 4; i++) {
      const r = rotations[i];
      x = (x + y) | 0;
      y = ((y << r) | (y >>> (32 - r))) ^ x;
    }
    const turn = (group + 1) % 3;
    x = (x + (turn === 0 ? k0 : turn === 1 ? k1 : k2)) | 0;
    y = (y + (turn === 0 ? k1 : turn === 1 ? k2 : k0) + group + 1) | 0;
  }
  out[at] = x;
  out[at + 1] = y;
}
