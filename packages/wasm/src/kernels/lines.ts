import type { FunctionBuilder, Local } from '../assembly/function.ts';
import { countUp } from '../assembly/function.ts';
import {
  type Expression,
  i32,
  i32x4,
  type Statement,
  v128,
  when,
} from '../assembly/instructions.ts';

import type { Accumulator } from './accumulator.ts';

/** What to do with four elements at an address; the mask is 1 where they exist, none where all do. */
export type Visit = (address: Expression, mask: Expression | undefined) => Statement[];

/** Which lanes of a vector stand before `left`. */
const lanesBefore = (left: Expression): Expression =>
  i32x4.gt(i32x4.splat(left), v128.const([0, 1, 2, 3]));

/** Walks along `n` floats from `start` on, four by four; the last few come with a mask. */
export function alongLine(fn: FunctionBuilder, start: Local, n: Local, visit: Visit): Statement[] {
  const [at, whole] = fn.locals('i32', 2);
  const mask = fn.local('v128');
  const address = i32.add(start.get, i32.shl(at.get, i32.const(2)));
  return [
    whole.set(i32.and(n.get, i32.const(-4))),
    at.set(i32.const(0)),
    countUp(at, whole.get, 4, ...visit(address, undefined)),
    when(i32.ltS(whole.get, n.get), [
      at.set(whole.get),
      mask.set(lanesBefore(i32.sub(n.get, whole.get))),
      ...visit(address, mask.get),
    ]),
  ];
}

/** Takes `n` floats from `start` on into an accumulator. */
export function takeLine(
  fn: FunctionBuilder,
  start: Local,
  n: Local,
  accumulator: Accumulator,
): Statement[] {
  return alongLine(fn, start, n, (address, mask) => {
    const value = v128.load(address);
    return accumulator.add(mask ? accumulator.masked(value, mask) : value);
  });
}
