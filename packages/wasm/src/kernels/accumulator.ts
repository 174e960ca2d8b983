import type { FunctionBuilder } from '../assembly/function.ts';
import {
  type Expression,
  f32x4,
  f64x2,
  i32,
  i32x4,
  type Statement,
  shuffle,
  v128,
} from '../assembly/instructions.ts';

const UPPER = [2, 3, 2, 3];
const LOWER_OF_BOTH = [0, 1, 4, 5];
const SWAPPED = [2, 3, 0, 1];
const NEIGHBOURS = [1, 0, 3, 2];

/** Gathers vectors of four floats, lane by lane. */
export interface Accumulator {
  readonly begin: Statement[];
  add(value: Expression): Statement[];
  /** Lanes outside the mask as what changes nothing. */
  masked(value: Expression, mask: Expression): Expression;
  /** The four results. */
  readonly four: Expression;
  /** All lanes together, in lane 0. */
  readonly one: Expression;
}

export type MakeAccumulator = (fn: FunctionBuilder) => Accumulator;

/** Sums in double precision. */
export const sum: MakeAccumulator = (fn) => {
  const [vector, low, high] = fn.locals('v128', 3);
  const zero = f64x2.const(0);
  const upper = f64x2.promoteLow(shuffle(vector.get, vector.get, UPPER));
  const both = f64x2.add(low.get, high.get);
  return {
    begin: [low.set(zero), high.set(zero)],
    add: (value) => [
      vector.set(value),
      low.set(f64x2.add(low.get, f64x2.promoteLow(vector.get))),
      high.set(f64x2.add(high.get, upper)),
    ],
    masked: v128.and,
    four: shuffle(f32x4.demoteZero(low.get), f32x4.demoteZero(high.get), LOWER_OF_BOTH),
    one: f32x4.demoteZero(f64x2.add(low.tee(both), shuffle(low.get, low.get, SWAPPED))),
  };
};

type Step = (x: Expression, y: Expression) => Expression;

/**
 * The greatest or the least; NaN wins. The one instruction that this takes where NaN loses, and apart from it whether there
 * was one, are faster than the nine of an exact maximum.
 */
const extreme =
  (step: Step, neutral: number): MakeAccumulator =>
  (fn) => {
    const [value, best, unordered, nothing] = fn.locals('v128', 4);
    const half = step(best.get, shuffle(best.get, best.get, SWAPPED));
    const whole = step(best.get, shuffle(best.get, best.get, NEIGHBOURS));
    return {
      begin: [
        nothing.set(f32x4.const(neutral)),
        best.set(nothing.get),
        unordered.set(v128.const([0, 0, 0, 0])),
      ],
      add: (x) => [
        value.set(x),
        best.set(step(best.get, value.get)),
        unordered.set(v128.or(unordered.get, f32x4.ne(value.get, value.get))),
      ],
      masked: (x, mask) => v128.select(x, nothing.get, mask),
      four: v128.or(best.get, unordered.get),
      one: [
        ...best.set(half),
        ...best.set(whole),
        ...v128.or(best.get, i32x4.splat(i32.sub(i32.const(0), v128.anyTrue(unordered.get)))),
      ],
    };
  };

export const max = extreme(f32x4.pmax, Number.NEGATIVE_INFINITY);
export const min = extreme(f32x4.pmin, Number.POSITIVE_INFINITY);
