import { DTypeError, type Shape, sizeOf } from '@unroll/backend';
import { tolerances } from '@unroll/backend/testing';
import { gradcheck, gradgradcheck } from '../autograd/gradcheck.ts';
import { fromValues } from '../core/create.ts';
import type { Nested } from '../core/nested.ts';
import { Tensor } from '../core/tensor.ts';
import { square } from '../operations/arithmetic.ts';
import { cast } from '../operations/cast.ts';
import { expectClose } from './expect-close.ts';

export interface OperationCheck {
  /** Shapes of the floating inputs. Ids and masks are written into the lambda. */
  readonly shapes: readonly Shape[];
  readonly operation: (...inputs: Tensor[]) => Tensor | readonly Tensor[];
  /**
   * The result, computed in another way from the inputs' values, row-major; of several results the first. Flat values
   * do not say a shape.
   */
  readonly expected?: (...values: Float64Array[]) => Nested | Float64Array;
  /** Where the inputs' values lie; default −2 to 2. */
  readonly range?: readonly [low: number, high: number];
}

/**
 * Shapes and a lambda become a full check of a differentiable operation: its value in float64 against `expected`, its
 * value in float32 against float64, the dtypes, the gradient, and the gradient of the gradient.
 *
 * @throws DTypeError, ShapeError, NumericError saying what does not hold
 * @example
 * checkOperation({
 *   shapes: [[3], [3]],
 *   operation: (x, y) => mul(x, y),
 *   expected: (x, y) => [...x].map((value, i) => value * y[i]),
 * });
 */
export function checkOperation({ shapes, operation, expected, range }: OperationCheck): void {
  const inputs = shapes.map((shape, i) => spreadValues(shape, i, range));
  const results = listOf(operation(...inputs));
  const narrow = listOf(operation(...inputs.map((x) => cast(x, 'float32'))));
  for (const [i, y] of results.entries()) {
    needDType(y, 'float64');
    needDType(narrow[i], 'float32');
    expectClose(cast(narrow[i], 'float64'), y, tolerances.fixture.float32);
  }
  if (expected) {
    expectClose(results[0], expected(...inputs.map((x) => x.dataSync() as Float64Array)));
  }
  gradcheck(operation, inputs);
  // Squared, so that the first derivative of a linear operation depends on its inputs too.
  gradgradcheck((...xs) => listOf(operation(...xs)).map((y) => square(y)), inputs);
}

/**
 * Different numbers that keep their distance from each other and from 0, so that no element lies at a kink: multiples of
 * the golden ratio, without their whole parts.
 */
function spreadValues(
  shape: Shape,
  input: number,
  [low, high]: readonly [number, number] = [-2, 2],
): Tensor {
  const values = new Float64Array(sizeOf(shape));
  for (let k = 0; k < values.length; k++) {
    const x = low + (high - low) * (((k + 1) * 0.6180339887498949 + input * 0.2360679775) % 1);
    values[k] = x < 0 ? x - 0.01 : x + 0.01;
  }
  return fromValues(values, shape, 'float64');
}

function listOf(results: Tensor | readonly Tensor[]): readonly Tensor[] {
  return results instanceof Tensor ? [results] : results;
}

function needDType(y: Tensor, dtype: 'float32' | 'float64'): void {
  if (y.dtype === dtype) return;
  throw new DTypeError('checkOperation', `${dtype} inputs gave ${y.dtype}`);
}
