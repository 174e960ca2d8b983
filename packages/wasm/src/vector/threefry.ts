import { type Expression, i32x4, v128 } from '../assembly/instructions.ts';
import type { VectorCode } from './vector-code.ts';

/** Rotations of the eight kinds of round, Salmon et al., table 4 (2×32). */
const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/** Skein's key-schedule parity, 32 bits. */
const parity = 0x1bd11bda;

/** The three words of a key, four copies each. */
export type Keys = readonly [Expression, Expression, Expression];

/** A key's words and the third that they make. */
export function keysOf(code: VectorCode, k0: Expression, k1: Expression): Keys {
  const [a, b] = [code.let(i32x4.splat(k0)), code.let(i32x4.splat(k1))];
  return [a, b, code.let(v128.xor(v128.xor(a, b), i32x4.const(parity)))];
}

/** Counters in four lanes, as a low and a high word, or what they were enciphered to. */
export type Block = readonly [Expression, Expression];

/**
 * Threefry-2x32 with 20 rounds of blocks of four counters: the bits of `threefry` in the backend package, which names the
 * paper. The blocks take each round together, since each alone would wait for the round before.
 */
export function threefry(code: VectorCode, keys: Keys, blocks: readonly Block[]): Block[] {
  let state = blocks.map(
    ([low, high]): Block => [code.let(i32x4.add(low, keys[0])), code.let(i32x4.add(high, keys[1]))],
  );
  for (let round = 0; round < 20; round++) {
    const sums = state.map(([x, y]) => code.let(i32x4.add(x, y)));
    state = state.map(([, y], i) => [
      sums[i],
      code.let(v128.xor(rotated(y, rotations[round % 8]), sums[i])),
    ]);
    if (round % 4 < 3) continue;
    const turn = (round + 1) / 4;
    state = state.map(([x, y]) => [
      code.let(i32x4.add(x, keys[turn % 3])),
      code.let(i32x4.add(i32x4.add(y, keys[(turn + 1) % 3]), code.bits(turn))),
    ]);
  }
  return state;
}

function rotated(x: Expression, by: number): Expression {
  return v128.or(i32x4.shl(x, by), i32x4.shrU(x, 32 - by));
}
