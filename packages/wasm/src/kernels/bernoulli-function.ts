import { countUp, FunctionBuilder } from '../assembly/function.ts';
import { type Expression, i32, i32x4, shuffle, v128 } from '../assembly/instructions.ts';
import { keysOf, threefry } from '../vector/threefry.ts';
import { VectorCode } from '../vector/vector-code.ts';
import type { MultiplyAdd } from './tile.ts';

/** Counters that are enciphered side by side: two chains of four hide the latency of one. */
export const COUNTERS = 8;

/** The words of two counters each, one after the other, from x of four counters and y of the same. */
const lower = (x: Expression, y: Expression) => shuffle(x, y, [0, 4, 1, 5]);
const upper = (x: Expression, y: Expression) => shuffle(x, y, [2, 6, 3, 7]);

/**
 * For the words of `groups` times eight counters, two for each: the bits of a value where the word is at most `last`, else
 * 0. Parameters: target, groups, low word of the first counter, high word of all, two words of the key, last, value.
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
  const draw = (a: number, b: number, c: number, d: number) =>
    threefry(code, keys, code.let(i32x4.add(first, v128.const([a, b, c, d]))), above);
  const [x0, y0] = draw(0, 1, 4, 5);
  const [x1, y1] = draw(2, 3, 6, 7);
  const store = (words: Expression, offset: number) =>
    code.emit(v128.store(target.get, v128.and(i32x4.leU(words, bound), kept), offset));
  store(lower(x0, y0), 0);
  store(lower(x1, y1), 16);
  store(upper(x0, y0), 32);
  store(upper(x1, y1), 48);
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
