import { type Expression, f32x4, f64x2, i32x4, v128 } from '../assembly/instructions.ts';
import { demote, lowWords, promote } from './halves.ts';
import type { VectorCode } from './vector-code.ts';

/** π/2 in three parts, the first two of 33 and 32 bits, so that n times each is exact for n < 2²⁰. */
const HALF_PI = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21];
/** Adding it to a double rounds to a whole number, which then stands in the low word. */
const ROUND = 6_755_399_441_055_744;

/** (sin(x) − x)/x³ and (cos(x) − 1 + x²/2)/x⁴ in powers of x², |x| ≤ π/4: Taylor, what is left out is below 2⁻²⁸. */
const sinTail = [-1 / 6, 1 / 120, -1 / 5040, 1 / 362880];
const cosTail = [1 / 24, -1 / 720, 1 / 40320, -1 / 3628800];

/** sin(x + quarters·π/2): reduced in double precision, by the octant sine's or cosine's series. */
function sinShifted(code: VectorCode, x: Expression, quarters: number): Expression {
  const halves = promote(code, x).map((half) => {
    const product = f64x2.mul(half, code.double(2 / Math.PI));
    const rounded = code.let(f64x2.add(product, code.double(ROUND)));
    const n = code.let(f64x2.sub(rounded, code.double(ROUND)));
    const rest = HALF_PI.reduce((r, part) => f64x2.sub(r, f64x2.mul(n, code.double(part))), half);
    return { rounded, rest: code.let(rest) };
  });
  const [low, high] = halves;
  const n = i32x4.add(lowWords(code, [low.rounded, high.rounded]), code.bits(quarters));
  return bySeries(code, demote(code, [low.rest, high.rest]), code.let(n));
}

function bySeries(code: VectorCode, reduced: Expression, quadrant: Expression): Expression {
  const bounded = f32x4.pmax(reduced, code.float(-Math.PI / 4));
  const r = code.let(f32x4.pmin(bounded, code.float(Math.PI / 4)));
  const z = code.let(f32x4.mul(r, r));
  const sin = code.madd(f32x4.mul(z, r), code.polynomial(z, sinTail), r);
  const cosRest = f32x4.mul(f32x4.mul(z, z), code.polynomial(z, cosTail));
  const cos = f32x4.add(code.madd(z, code.float(-0.5), code.float(1)), cosRest);
  const odd = i32x4.eq(v128.and(quadrant, code.bits(1)), code.bits(1));
  const sign = i32x4.shl(v128.and(quadrant, code.bits(2)), 30);
  return code.let(v128.xor(v128.select(cos, sin, odd), sign));
}

/**
 * Sine within 1.6 ulp for |x| ≤ 10⁶ (radians). Beyond, the reduced angle is off by about 10⁻¹⁷·|x|; NaN at ±∞. −0 stays.
 */
export function sin(code: VectorCode, x: Expression): Expression {
  return code.let(v128.select(x, sinShifted(code, x, 0), f32x4.eq(x, code.float(0))));
}

/** Cosine, as exact as {@link sin}. */
export function cos(code: VectorCode, x: Expression): Expression {
  return sinShifted(code, x, 1);
}
