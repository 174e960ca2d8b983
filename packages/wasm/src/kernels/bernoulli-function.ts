import { countUp, FunctionBuilder } from '../assembly/function.ts';
import { i32, i32x4, shuffle, v128 } from '../assembly/instructions.ts';
import { type Block, keysOf, threefry } from '../vector/threefry.ts';
import { VectorCode } from '../vector/vector-code.ts';
import type { MultiplyAdd } from './tile.ts';

/**
 * Counters that are enciphered side by side, in twelve chains of four: a round waits for the one before, so a machine does
 * other chains meanwhile. An element takes 0.6 ns in vectors of 256 bits and 1.3 in those of 128; with two chains 1.2 and 2.1.
 */
export const COUNTERS = 48;

/** The words of the first two counters of a block one after the other, and those of the last two. */
const lower = ([x, y]: Block) => shuffle(x, y, [0, 4, 1, 5]);
const upper = ([x, y]: Block) => shuffle(x, y, [2, 6, 3, 7]);

/**
 * For the words of `groups` groups of {@link COUNTERS}, two of each counter: the bits of a value where the word is at most
 * `last`, else 0. Parameters: target, groups, low word of the first counter, high word of all, two words of the key, last, value.
 */
export function bernoulliFunction(madd: MultiplyAdd): FunctionBuilder {
  const fn = new FunctionBuilder('bernoulli', 8);
  const [target, groups, low, high, k0, k1, last, value] = fn.parameters;
  const group = fn.local('i32');
  const code = new VectorCode(fn, madd);
  const keys = keysOf(code, k0.get, k1.get);
  const [bound, kept] = [last, value].map((x) => code.let(i32x4.splat(x.get)));
  const above = code.let(i32x4.splat(high.get));
  const before = code.take();

  // Which counter stands where: neighbouring stores are then the same instructions on neighbouring vectors, of which an
  // engine can make one of twice the width.
  const first = code.let(i32x4.splat(low.get));
  const counters = Array.from({ length: COUNTERS / 4 }, (_, i): Block => {
    const at = 8 * (i >> 1) + 2 * (i & 1);
    return [code.let(i32x4.add(first, v128.const([at, at + 1, at + 4, at + 5]))), above];
  });
  const words = threefry(code, keys, counters);
  for (let i = 0; i < words.length; i += 2) {
    const [a, b] = [words[i], words[i + 1]];
    for (const [k, four] of [lower(a), lower(b), upper(a), upper(b)].entries()) {
      const chosen = v128.and(i32x4.leU(four, bound), kept);
      code.emit(v128.store(target.get, chosen, 32 * i + 16 * k));
    }
  }
  const body = code.take();
  fn.emit(
    ...code.prologue(),
    ...before,
    countUp(
      group,
      groups.get,
      1,
      ...body,
      low.set(i32.add(low.get, i32.const(COUNTERS))),
      target.set(i32.add(target.get, i32.const(8 * COUNTERS))),
    ),
  );
  return fn;
}
