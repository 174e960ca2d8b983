import { type Expression, f32x4, f64x2, shuffle } from '../assembly/instructions.ts';
import type { VectorCode } from './vector-code.ts';

const UPPER = [2, 3, 2, 3];
const LOWER_OF_BOTH = [0, 1, 4, 5];
const EVEN_OF_BOTH = [0, 2, 4, 6];

/** Four floats as two vectors of two doubles. */
export type Halves = readonly [Expression, Expression];

/** Values of four lanes as doubles. */
export function promote(code: VectorCode, x: Expression): Halves {
  return [code.let(f64x2.promoteLow(x)), code.let(f64x2.promoteLow(shuffle(x, x, UPPER)))];
}

/** Whole numbers of four lanes as doubles. */
export function convert(code: VectorCode, x: Expression): Halves {
  return [
    code.let(f64x2.convertLowI32x4(x)),
    code.let(f64x2.convertLowI32x4(shuffle(x, x, UPPER))),
  ];
}

/** Rounded to four floats. */
export function demote(code: VectorCode, [low, high]: Halves): Expression {
  return code.let(shuffle(f32x4.demoteZero(low), f32x4.demoteZero(high), LOWER_OF_BOTH));
}

/** The low words of four doubles. */
export function lowWords(code: VectorCode, [low, high]: Halves): Expression {
  return code.let(shuffle(low, high, EVEN_OF_BOTH));
}

/** Σ cᵢ·xⁱ for doubles, lowest coefficient first. */
export function polynomial(
  code: VectorCode,
  x: Expression,
  coefficients: readonly number[],
): Expression {
  let sum = code.double(coefficients[coefficients.length - 1]);
  for (let i = coefficients.length - 2; i >= 0; i--) {
    sum = f64x2.add(f64x2.mul(sum, x), code.double(coefficients[i]));
  }
  return code.let(sum);
}
