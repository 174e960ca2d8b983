import { type Expression, f32x4, i32x4, v128 } from '../assembly/instructions.ts';
import type { VectorCode } from './vector-code.ts';

const LN2_HIGH = 0.693359375; // 9 bits, so that n · LN2_HIGH is exact
const LN2_LOW = -2.1219444005469057e-4;
/** Adding it rounds to a whole number, which then stands in the lowest bits; 23 places up, it is an exponent. */
const ROUND = 12_582_912;
const EXPONENT_BITS = 23;
const ONE = 0x3f800000;

/**
 * (eʳ − 1 − r)/r² for |r| ≤ ln2/2: least squares in the maximum norm (Lawson's weights, NumPy) on Chebyshev points, weighted by
 * r², so that eʳ is off by 3.2e-9, a nineteenth of half an ulp.
 */
const tail = [
  0.5, 0.166665181517601, 0.04166620597243309, 0.008368917740881443, 0.0013950540451332927,
];

/** x = n·ln2 + r: 2ⁿ's exponent bits in place, and eʳ − 1. */
interface Reduced {
  /** n in the lowest bits. */
  readonly rounded: Expression;
  readonly expm1: Expression;
}

function reduce(code: VectorCode, x: Expression): Reduced {
  const { madd } = code;
  const rounded = code.let(madd(x, code.float(Math.LOG2E), code.float(ROUND)));
  const n = code.let(f32x4.sub(rounded, code.float(ROUND)));
  const high = madd(n, code.float(-LN2_HIGH), x);
  const r = code.let(madd(n, code.float(-LN2_LOW), high));
  const series = code.polynomial(r, tail);
  return { rounded, expm1: code.let(madd(f32x4.mul(r, r), series, r)) };
}

/** 2ⁿ for −127 < n < 128, n in the lowest bits; as a product, so that NaN stays NaN whatever its bits. */
function powerOfTwo(code: VectorCode, n: Expression): Expression {
  return code.let(i32x4.add(i32x4.shl(n, EXPONENT_BITS), code.bits(ONE)));
}

/** Between two numbers; NaN stays. */
function clamp(code: VectorCode, x: Expression, low: number, high: number): Expression {
  return code.let(f32x4.pmin(f32x4.pmax(x, code.float(low)), code.float(high)));
}

/** y · 2ⁿ for −252 ≤ n ≤ 254, rounded once where it is subnormal, infinite where it is too large. */
export function scale(code: VectorCode, y: Expression, n: Expression): Expression {
  const half = code.let(i32x4.shrS(n, 1));
  const rest = i32x4.sub(n, half);
  const once = f32x4.mul(y, powerOfTwo(code, half));
  return code.let(f32x4.mul(once, powerOfTwo(code, rest)));
}

/** eˣ within 1.2 ulp, subnormal results included. */
export function exp(code: VectorCode, x: Expression): Expression {
  const { rounded, expm1 } = reduce(code, clamp(code, x, -105, 89));
  const n = code.let(i32x4.sub(rounded, f32x4Bits(code, ROUND)));
  return scale(code, code.let(f32x4.add(expm1, code.float(1))), n);
}

/** eˣ for −87 ≤ x ≤ 88, where it is a normal number. */
function expNormal(code: VectorCode, x: Expression): Expression {
  const { rounded, expm1 } = reduce(code, x);
  const power = powerOfTwo(code, rounded);
  return code.let(f32x4.mul(f32x4.add(expm1, code.float(1)), power));
}

/** eˣ − 1 = 2ⁿ·(eʳ − 1) + (2ⁿ − 1) within 1.6 ulp; with halved powers, since 2¹²⁸ is infinite. */
export function expm1(code: VectorCode, x: Expression): Expression {
  const { rounded, expm1: rest } = reduce(code, clamp(code, x, -20, 89));
  const half = powerOfTwo(code, code.let(i32x4.sub(rounded, code.bits(1))));
  const y = code.madd(rest, half, f32x4.sub(half, code.float(0.5)));
  return keepZero(code, x, code.let(f32x4.mul(y, code.float(2))));
}

/** eˣ − 1 for −87 ≤ x ≤ 88. */
export function expm1Normal(code: VectorCode, x: Expression): Expression {
  const { rounded, expm1: rest } = reduce(code, x);
  const power = powerOfTwo(code, rounded);
  return code.let(code.madd(rest, power, f32x4.sub(power, code.float(1))));
}

/** 1/(1 + e⁻ˣ) within 2.5 ulp; 0 where it would be subnormal (x < −87.3). */
export function sigmoid(code: VectorCode, x: Expression): Expression {
  const negative = clamp(code, f32x4.neg(x), -87, 88);
  const denominator = f32x4.add(expNormal(code, negative), code.float(1));
  const y = f32x4.div(code.float(1), denominator);
  return code.let(v128.andNot(y, f32x4.lt(x, code.float(-87.33654))));
}

/** tanh|x| = t/(t + 2) with t = e²|ˣ| − 1, then the sign of x; within 2.7 ulp, never above 1. */
export function tanh(code: VectorCode, x: Expression): Expression {
  const sign = code.let(v128.and(x, code.bits(-0x80000000)));
  const magnitude = f32x4.pmin(v128.xor(x, sign), code.float(10));
  const doubled = code.let(f32x4.mul(magnitude, code.float(2)));
  const t = expm1Normal(code, doubled);
  return code.let(v128.or(f32x4.div(t, f32x4.add(t, code.float(2))), sign));
}

/** −0 stays −0. */
function keepZero(code: VectorCode, x: Expression, y: Expression): Expression {
  return code.let(v128.or(y, v128.and(x, f32x4.eq(x, code.float(0)))));
}

/** The bits of a float. */
function f32x4Bits(code: VectorCode, value: number): Expression {
  return code.bits(new Int32Array(new Float32Array([value]).buffer)[0]);
}
