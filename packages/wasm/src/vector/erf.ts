import { type Expression, f32x4, v128 } from '../assembly/instructions.ts';
import { expm1Normal } from './exponential.ts';
import type { VectorCode } from './vector-code.ts';

/**
 * −log(1 − erf(x))/x on [0, 4]: least squares in the maximum norm (Lawson's weights, NumPy, values from mpmath) on
 * Chebyshev points, weighted so that erf's relative error is what is small: 4e-9.
 */
const exponent = [
  1.128379225730896, 0.6366193890571594, 0.10277783125638962, -0.019153064116835594,
  -0.0001603961136424914, 0.00166702747810632, -0.0006328368908725679, 0.00011764127702917904,
  -9.25626591197215e-6,
];

/** Gauss error function as 1 − e^(−x·p(x)), one form for all x, within 3.2 ulp. */
export function erf(code: VectorCode, x: Expression): Expression {
  const sign = code.let(v128.and(x, code.bits(-0x80000000)));
  const magnitude = code.let(f32x4.pmin(v128.xor(x, sign), code.float(4)));
  const power = f32x4.mul(magnitude, code.polynomial(magnitude, exponent));
  const y = f32x4.neg(expm1Normal(code, code.let(f32x4.neg(power))));
  return code.let(v128.or(f32x4.abs(y), sign));
}
