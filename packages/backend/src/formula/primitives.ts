import * as math from '../math/index.ts';
import type { Expression } from './expression.ts';
import * as e from './expression.ts';
import type { Primitive } from './formula.ts';
import { over, times } from './linear.ts';

/** Gradients of the operands, given that of the result; undefined where there is none (steps, conditions). */
export type GradientRule = (
  dy: Expression,
  y: Expression,
  ...args: readonly Expression[]
) => readonly (Expression | undefined)[];

/** A primitive: its value for numbers, and its derivative. */
export interface PrimitiveRule {
  readonly value: (...args: readonly number[]) => number;
  readonly gradient: GradientRule;
}

const TWO_OVER_SQRT_PI = 1.1283791670955126;
const none: GradientRule = (_dy, _y, ...args) => args.map(() => undefined);

/** Forward and derivative of every primitive, in one glance. Ties of minimum and maximum share the gradient. */
export const primitives: Readonly<Record<Primitive, PrimitiveRule>> = {
  negate: { value: (x) => -x, gradient: (dy) => [e.negate(dy)] },
  abs: { value: Math.abs, gradient: (dy, _y, x) => [times(dy, e.sign(x))] },
  sign: { value: Math.sign, gradient: none },
  floor: { value: Math.floor, gradient: none },
  exp: { value: math.exp, gradient: (dy, y) => [times(dy, y)] },
  expm1: { value: math.expm1, gradient: (dy, y) => [times(dy, e.add(y, 1))] },
  log: { value: math.log, gradient: (dy, _y, x) => [over(dy, x)] },
  log1p: { value: math.log1p, gradient: (dy, _y, x) => [over(dy, e.add(x, 1))] },
  sqrt: { value: Math.sqrt, gradient: (dy, y) => [over(dy, e.multiply(y, 2))] },
  tanh: { value: math.tanh, gradient: (dy, y) => [times(dy, e.subtract(1, e.multiply(y, y)))] },
  sigmoid: {
    value: math.sigmoid,
    gradient: (dy, y) => [times(dy, e.multiply(y, e.subtract(1, y)))],
  },
  erf: { value: math.erf, gradient: (dy, _y, x) => [times(dy, bell(x))] },
  sin: { value: math.sin, gradient: (dy, _y, x) => [times(dy, e.cos(x))] },
  cos: { value: math.cos, gradient: (dy, _y, x) => [times(dy, e.negate(e.sin(x)))] },
  add: { value: (a, b) => a + b, gradient: (dy) => [dy, dy] },
  subtract: { value: (a, b) => a - b, gradient: (dy) => [dy, e.negate(dy)] },
  multiply: { value: (a, b) => a * b, gradient: (dy, _y, a, b) => [times(dy, b), times(dy, a)] },
  divide: {
    value: (a, b) => a / b,
    gradient: (dy, y, _a, b) => [over(dy, b), times(over(dy, b), e.negate(y))],
  },
  power: {
    value: math.pow,
    gradient: (dy, y, a, b) => [times(dy, powerBase(a, b)), times(dy, powerExponent(y, a))],
  },
  minimum: { value: Math.min, gradient: (dy, _y, a, b) => [winner(dy, b, a), winner(dy, a, b)] },
  maximum: { value: Math.max, gradient: (dy, _y, a, b) => [winner(dy, a, b), winner(dy, b, a)] },
  less: { value: (a, b) => (a < b ? 1 : 0), gradient: none },
  equal: { value: (a, b) => (a === b ? 1 : 0), gradient: none },
  select: {
    value: (c, a, b) => (c !== 0 ? a : b),
    gradient: (dy, _y, c) => [undefined, e.select(c, dy, 0), e.select(c, 0, dy)],
  },
};

/** erf′ = 2/√π · e^(−x²). */
function bell(x: Expression): Expression {
  return e.multiply(e.exp(e.negate(e.multiply(x, x))), TWO_OVER_SQRT_PI);
}

/** ∂aᵇ/∂a = b·aᵇ⁻¹, and 0 for b = 0 even at a = 0. */
function powerBase(a: Expression, b: Expression): Expression {
  return e.select(b, e.multiply(b, e.power(a, e.subtract(b, 1))), 0);
}

/** ∂aᵇ/∂b = aᵇ·log(a), and 0 at a = 0. */
function powerExponent(y: Expression, a: Expression): Expression {
  return e.select(a, e.multiply(y, e.log(a)), 0);
}

/** dy where `high` is above `low`, half of it where they are equal, 0 elsewhere; NaN on a side lets dy through. */
function winner(dy: Expression, high: Expression, low: Expression): Expression {
  const shared = e.select(e.equal(high, low), times(dy, e.constant(0.5)), dy);
  return e.select(e.less(high, low), 0, shared);
}
