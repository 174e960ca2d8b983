import type { PointwiseEntry } from './entry.ts';
import { flat, namedRows, smooth, test } from './entry.ts';
import type { Expression } from './expression.ts';
import * as e from './expression.ts';
import { over, times } from './linear.ts';
import { primitives } from './primitives.ts';

const SQRT_HALF = Math.SQRT1_2;
const INVERSE_SQRT_2PI = 0.3989422804014327;

const { add, subtract, multiply, divide, negate, select, less, equal } = e;
const rule = (op: keyof typeof primitives) => primitives[op].gradient;

/**
 * Pointwise mathematics, once for all backends: `name: (arguments) formula, derivative`. Formulas and derivatives are
 * stable at ±1e4 and let NaN through; comparisons with NaN are false.
 */
export const table = namedRows({
  add: smooth('x y', e.add, rule('add')),
  sub: smooth('x y', e.subtract, rule('subtract')),
  mul: smooth('x y', e.multiply, rule('multiply')),
  div: smooth('x y', e.divide, rule('divide')),
  pow: smooth('x y', e.power, rule('power')),
  minimum: smooth('x y', e.minimum, rule('minimum')),
  maximum: smooth('x y', e.maximum, rule('maximum')),
  neg: smooth('x', e.negate, rule('negate')),
  abs: smooth('x', e.abs, rule('abs')),
  sign: flat('x', e.sign),
  floor: flat('x', e.floor),
  square: smooth(
    'x',
    (x) => multiply(x, x),
    (dy, _y, x) => [times(dy, multiply(x, 2))],
  ),
  sqrt: smooth('x', e.sqrt, rule('sqrt')),
  rsqrt: smooth(
    'x',
    (x) => divide(1, e.sqrt(x)),
    (dy, y, x) => [times(dy, divide(y, multiply(x, -2)))],
  ),
  reciprocal: smooth(
    'x',
    (x) => divide(1, x),
    (dy, y) => [times(dy, negate(multiply(y, y)))],
  ),
  exp: smooth('x', e.exp, rule('exp')),
  expm1: smooth('x', e.expm1, (dy, _y, x) => [times(dy, e.exp(x))]),
  log: smooth('x', e.log, rule('log')),
  log1p: smooth('x', e.log1p, rule('log1p')),
  sin: smooth('x', e.sin, rule('sin')),
  cos: smooth('x', e.cos, rule('cos')),
  erf: smooth('x', e.erf, rule('erf')),

  sigmoid: smooth('x', e.sigmoid, rule('sigmoid')),
  tanh: smooth('x', e.tanh, rule('tanh')),
  relu: smooth(
    'x',
    (x) => e.maximum(x, 0),
    (dy, y) => [select(atMost(y, 0), 0, dy)],
  ),
  leakyRelu: smooth(
    'x slope',
    (x, slope) => select(less(x, 0), multiply(x, slope), x),
    (dy, _y, x, slope) => [
      select(less(x, 0), times(dy, slope), dy),
      select(less(x, 0), times(dy, x), 0),
    ],
  ),
  elu: smooth(
    'x alpha',
    (x, alpha) => select(less(x, 0), multiply(alpha, e.expm1(e.minimum(x, 0))), x),
    (dy, _y, x, alpha) => [
      select(less(x, 0), times(dy, multiply(alpha, e.exp(e.minimum(x, 0)))), dy),
      select(less(x, 0), times(dy, e.expm1(e.minimum(x, 0))), 0),
    ],
  ),
  // x·Φ(x), Φ the normal distribution (Hendrycks & Gimpel 2016); derivative Φ(x) + x·φ(x)
  gelu: smooth(
    'x',
    (x) => multiply(x, normal(x)),
    (dy, _y, x) => [times(dy, add(normal(x), multiply(x, normalDensity(x))))],
  ),
  // derivative σ(x)·(1 + x·σ(−x)): 1 − σ(x) would lose its digits
  silu: smooth(
    'x',
    (x) => multiply(x, e.sigmoid(x)),
    (dy, _y, x) => [times(dy, multiply(e.sigmoid(x), add(1, multiply(x, e.sigmoid(negate(x))))))],
  ),
  softplus: smooth(
    'x',
    (x) => add(e.maximum(x, 0), e.log1p(e.exp(negate(e.abs(x))))),
    (dy, _y, x) => [times(dy, e.sigmoid(x))],
  ),
  logSigmoid: smooth(
    'x',
    (x) => subtract(e.minimum(x, 0), e.log1p(e.exp(negate(e.abs(x))))),
    (dy, _y, x) => [times(dy, e.sigmoid(negate(x)))],
  ),
  hardSigmoid: smooth(
    'x',
    (x) => clamp(divide(add(x, 3), 6), 0, 1),
    (dy, y) => [select(outside(y, 0, 1), 0, over(dy, e.constant(6)))],
  ),
  hardTanh: smooth(
    'x',
    (x) => clamp(x, -1, 1),
    (dy, y) => [select(outside(y, -1, 1), 0, dy)],
  ),
  clamp: smooth(
    'x min max',
    (x, min, max) => clamp(x, min, max),
    (dy, _y, x, min, max) => [
      select(e.maximum(less(x, min), less(max, x)), 0, dy),
      select(less(x, min), select(less(min, max), dy, 0), 0),
      select(less(max, e.maximum(x, min)), dy, 0),
    ],
  ),

  equal: test('x y', e.equal),
  notEqual: test('x y', (x, y) => not(equal(x, y))),
  less: test('x y', e.less),
  lessEqual: test('x y', (x, y) => atMost(x, y)),
  greater: test('x y', (x, y) => less(y, x)),
  greaterEqual: test('x y', (x, y) => atMost(y, x)),
  logicalAnd: test('x y', (x, y) => multiply(isTrue(x), isTrue(y))),
  logicalOr: test('x y', (x, y) => e.maximum(isTrue(x), isTrue(y))),
  logicalNot: test('x', (x) => equal(x, 0)),
  isNaN: test('x', (x) => not(equal(x, x))),
  isFinite: test('x', (x) => equal(subtract(x, x), 0)),
  where: smooth('condition x y', e.select, rule('select')),
});

/** The names of the pointwise table. */
export type PointwiseName = keyof typeof table;

/** The entry of a name that comes from outside, or undefined. */
export function pointwiseEntry(name: string): PointwiseEntry | undefined {
  return Object.hasOwn(table, name) ? table[name as PointwiseName] : undefined;
}

/** 1 − c for a condition c. */
function not(c: Expression): Expression {
  return subtract(1, c);
}

function isTrue(x: Expression): Expression {
  return not(equal(x, 0));
}

function atMost(x: e.Term, y: e.Term): Expression {
  return e.maximum(less(x, y), equal(x, y));
}

function clamp(x: Expression, min: e.Term, max: e.Term): Expression {
  return e.minimum(e.maximum(x, min), max);
}

/** Whether a value clamped to [min, max] lies on the border, where the gradient stops. */
function outside(y: Expression, min: number, max: number): Expression {
  return e.maximum(atMost(y, min), atMost(max, y));
}

/** Φ(x) = (1 + erf(x/√2))/2. */
function normal(x: Expression): Expression {
  return multiply(add(1, e.erf(multiply(x, SQRT_HALF))), 0.5);
}

/** φ(x) = e^(−x²/2)/√(2π). */
function normalDensity(x: Expression): Expression {
  return multiply(e.exp(multiply(multiply(x, x), -0.5)), INVERSE_SQRT_2PI);
}
