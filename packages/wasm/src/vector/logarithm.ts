import { type Expression, f32x4, i32x4, v128 } from '../assembly/instructions.ts';
import type { VectorCode } from './vector-code.ts';

const LN2_HIGH = 0.693359375; // 9 bits, so that k · LN2_HIGH is exact
const LN2_LOW = -2.1219444005469057e-4;
const SQRT_HALF_BITS = 0x3f3504f3;
const MANTISSA = 0x007fffff;
const SMALLEST_NORMAL = 2 ** -126;

/** x = 2ᵏ·m with √½ ≤ m < √2, for a positive normal x. */
interface Split {
  /** k, whole numbers. */
  readonly exponent: Expression;
  readonly mantissa: Expression;
}

function split(code: VectorCode, x: Expression): Split {
  const shifted = code.let(i32x4.sub(x, code.bits(SQRT_HALF_BITS)));
  const low = v128.and(shifted, code.bits(MANTISSA));
  return {
    exponent: code.let(i32x4.shrS(shifted, 23)),
    mantissa: code.let(i32x4.add(low, code.bits(SQRT_HALF_BITS))),
  };
}

/** The same for a subnormal x too. */
export function splitPositive(code: VectorCode, x: Expression): Split {
  const tiny = code.let(f32x4.lt(x, code.float(SMALLEST_NORMAL)));
  const large = f32x4.mul(x, code.float(2 ** 24));
  const parts = split(code, code.let(v128.select(large, x, tiny)));
  const correction = v128.and(tiny, code.bits(24));
  return { ...parts, exponent: code.let(i32x4.sub(parts.exponent, correction)) };
}

/**
 * k·ln2 + log(m) + correction. log(1 + f) = 2·atanh(s) with s = f/(2 + f), whose first term is written f − s·f, since f is
 * exact; the rest is the series s³·(2/3 + 2s²/5 + …), cut where 2⁻²⁸ is left.
 */
function logOf(
  code: VectorCode,
  { exponent, mantissa }: Split,
  correction?: Expression,
): Expression {
  const { madd } = code;
  const k = code.let(i32x4ToFloat(exponent));
  const f = code.let(f32x4.sub(mantissa, code.float(1)));
  const s = code.let(f32x4.div(f, f32x4.add(f, code.float(2))));
  const z = code.let(f32x4.mul(s, s));
  const tail = f32x4.mul(z, code.polynomial(z, [2 / 3, 2 / 5, 2 / 7, 2 / 9]));
  const low = madd(k, code.float(LN2_LOW), correction ?? code.float(0));
  const small = f32x4.sub(f32x4.mul(s, f32x4.sub(f, tail)), low);
  return code.let(madd(k, code.float(LN2_HIGH), f32x4.sub(f, small)));
}

const i32x4ToFloat = i32x4.convertF32x4;

/** At the borders: −∞ at 0, NaN below, ∞ and NaN themselves. */
function atBorders(code: VectorCode, u: Expression, y: Expression): Expression {
  const special = (mask: Expression, value: Expression, otherwise: Expression) =>
    code.let(v128.select(value, otherwise, mask));
  const finite = special(f32x4.lt(u, code.float(Number.POSITIVE_INFINITY)), y, u);
  const positive = special(f32x4.lt(u, code.float(0)), code.float(Number.NaN), finite);
  return special(f32x4.eq(u, code.float(0)), code.float(Number.NEGATIVE_INFINITY), positive);
}

/** Natural logarithm within 1 ulp. */
export function log(code: VectorCode, x: Expression): Expression {
  return atBorders(code, x, logOf(code, splitPositive(code, x)));
}

/** log(1 + x) within 1 ulp: what rounding 1 + x lost is added back. */
export function log1p(code: VectorCode, x: Expression): Expression {
  const one = code.float(1);
  const u = code.let(f32x4.add(x, one));
  const lostSmall = f32x4.sub(x, f32x4.sub(u, one));
  const lostLarge = f32x4.sub(one, f32x4.sub(u, x));
  const lost = v128.select(lostSmall, lostLarge, f32x4.lt(x, one));
  const y = atBorders(code, u, logOf(code, split(code, u), f32x4.div(lost, u)));
  return code.let(v128.select(x, y, f32x4.eq(x, code.float(0))));
}
