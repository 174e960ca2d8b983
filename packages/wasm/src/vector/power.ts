import { type Expression, f32x4, f64x2, v128 } from '../assembly/instructions.ts';
import { scale } from './exponential.ts';
import { convert, demote, lowWords, polynomial, promote } from './halves.ts';
import { splitPositive } from './logarithm.ts';
import type { VectorCode } from './vector-code.ts';

const INFINITY = Number.POSITIVE_INFINITY;
const ROUND = 6_755_399_441_055_744;
const SIGN = -0x80000000;

/** 2·atanh(s)/s in powers of s², |s| ≤ 0.172, and eʳ for |r| ≤ ln2/2: Taylor, what is left out is below 2⁻³⁶. */
const logSeries = [2, 2 / 3, 2 / 5, 2 / 7, 2 / 9, 2 / 11, 2 / 13];
const expSeries = [1, 1, 1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040, 1 / 40320, 1 / 362880];

/** aᵇ for finite a > 0 in double precision, rounded at the end. */
function positive(code: VectorCode, a: Expression, b: Expression): Expression {
  const { exponent, mantissa } = splitPositive(code, a);
  const exponents = convert(code, exponent);
  const mantissas = promote(code, mantissa);
  const [low, high] = promote(code, b).map((power, i) => {
    const log = logOf(code, exponents[i], mantissas[i]);
    return splitExp(code, code.let(f64x2.mul(power, log)));
  });
  const n = lowWords(code, [low.rounded, high.rounded]);
  return scale(code, demote(code, [low.mantissa, high.mantissa]), n);
}

function logOf(code: VectorCode, exponent: Expression, mantissa: Expression): Expression {
  const one = code.double(1);
  const s = code.let(f64x2.div(f64x2.sub(mantissa, one), f64x2.add(mantissa, one)));
  const series = polynomial(code, code.let(f64x2.mul(s, s)), logSeries);
  const whole = f64x2.mul(exponent, code.double(Math.LN2));
  return code.let(f64x2.add(whole, f64x2.mul(s, series)));
}

/** eʸ = 2ⁿ·m, y cut at ±150, where floats end. */
function splitExp(code: VectorCode, y: Expression) {
  const bounded = code.let(f64x2.pmin(f64x2.pmax(y, code.double(-150)), code.double(150)));
  const product = f64x2.mul(bounded, code.double(Math.LOG2E));
  const rounded = code.let(f64x2.add(product, code.double(ROUND)));
  const n = f64x2.sub(rounded, code.double(ROUND));
  const r = code.let(f64x2.sub(bounded, f64x2.mul(n, code.double(Math.LN2))));
  return { rounded, mantissa: polynomial(code, r, expSeries) };
}

/** aᵇ within 0.6 ulp (1 where the result is subnormal), with the special values of IEEE 754's pow. */
export function power(code: VectorCode, a: Expression, b: Expression): Expression {
  const choose = (mask: Expression, yes: Expression, no: Expression) =>
    code.let(v128.select(yes, no, mask));
  const [zero, one, infinite, nan] = [0, 1, INFINITY, Number.NaN].map((x) => code.float(x));
  const magnitude = code.let(f32x4.abs(a));
  const isZero = code.let(f32x4.eq(magnitude, zero));
  const isInfinite = f32x4.eq(magnitude, infinite);
  const whole = code.let(f32x4.eq(b, f32x4.floor(b)));
  const half = code.let(f32x4.mul(b, code.float(0.5)));
  const odd = code.let(v128.and(whole, f32x4.ne(half, f32x4.floor(half))));

  // 0 and ∞ to a power are ∞ or 0.
  const falls = code.let(f32x4.lt(b, zero));
  const extreme = v128.and(infinite, v128.not(v128.xor(isZero, falls)));
  const main = choose(v128.or(isZero, isInfinite), extreme, positive(code, magnitude, b));
  const isUnit = v128.and(f32x4.eq(magnitude, one), f32x4.eq(b, b));
  const unsigned = choose(isUnit, one, main);

  const negative = v128.and(f32x4.lt(a, zero), f32x4.gt(a, code.float(-INFINITY)));
  const defined = choose(v128.andNot(negative, whole), nan, unsigned);
  const signed = v128.xor(defined, v128.and(odd, v128.and(a, code.bits(SIGN))));
  const unordered = v128.or(f32x4.ne(a, a), f32x4.ne(b, b));
  const known = choose(unordered, nan, signed);
  return choose(v128.or(f32x4.eq(b, zero), f32x4.eq(a, one)), one, known);
}
