import type { Primitive } from '@unroll/backend';
import { type Expression, f32x4, v128 } from '../assembly/instructions.ts';
import { erf } from './erf.ts';
import { exp, expm1, sigmoid, tanh } from './exponential.ts';
import { log, log1p } from './logarithm.ts';
import { power } from './power.ts';
import { cos, sin } from './trigonometry.ts';
import type { VectorCode } from './vector-code.ts';

/** Code for four lanes; the arguments are read as often as it likes. */
export type Emit = (code: VectorCode, ...args: readonly Expression[]) => Expression;

const one =
  (make: (x: Expression) => Expression): Emit =>
  (code, x) =>
    code.let(make(x));
const two =
  (make: (x: Expression, y: Expression) => Expression): Emit =>
  (code, x, y) =>
    code.let(make(x, y));

/** 1 where the mask says so, else 0. */
export function fromMask(code: VectorCode, mask: Expression): Expression {
  return code.let(v128.and(mask, code.float(1)));
}

/** The mask of what is not 0 (NaN is not). */
export function toMask(code: VectorCode, x: Expression): Expression {
  return code.let(f32x4.ne(x, code.float(0)));
}

function sign(code: VectorCode, x: Expression): Expression {
  const unit = v128.or(v128.and(x, code.bits(-0x80000000)), code.float(1));
  return code.let(v128.select(unit, x, f32x4.gt(f32x4.abs(x), code.float(0))));
}

/** Every primitive of the formula language. */
export const primitives: Readonly<Record<Primitive, Emit>> = {
  negate: one(f32x4.neg),
  abs: one(f32x4.abs),
  sign,
  floor: one(f32x4.floor),
  exp,
  expm1,
  log,
  log1p,
  sqrt: one(f32x4.sqrt),
  tanh,
  sigmoid,
  erf,
  sin,
  cos,
  add: two(f32x4.add),
  subtract: two(f32x4.sub),
  multiply: two(f32x4.mul),
  divide: two(f32x4.div),
  power,
  minimum: two(f32x4.min),
  maximum: two(f32x4.max),
  less: (code, x, y) => fromMask(code, f32x4.lt(x, y)),
  equal: (code, x, y) => fromMask(code, f32x4.eq(x, y)),
  select: (code, condition, x, y) => code.let(v128.select(x, y, toMask(code, condition))),
};
