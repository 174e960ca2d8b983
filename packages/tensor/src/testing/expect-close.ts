import { isFloating, NumericError, type Shape, ShapeError, type TypedArray } from '@unroll/backend';
import { relativeError, tolerances } from '@unroll/backend/testing';
import { tensor } from '../core/create.ts';
import type { Nested } from '../core/nested.ts';
import { Tensor } from '../core/tensor.ts';

/**
 * Holds a tensor against what it should be: the same shape, NaN and infinity in the same places, and
 * `max |a − b| ≤ tolerance · max |b|`.
 *
 * @param expected a tensor, nested arrays, or flat values, whose shape is not compared
 * @param tolerance default: that of fixtures for the dtype (float64 1e-9, float32 1e-5); 0 for ids and masks
 * @throws ShapeError, NumericError naming the worst element
 * @example
 * expectClose(tanh(tensor([0, 1])), [0, 0.76159416]);
 */
export function expectClose(
  actual: Tensor,
  expected: Tensor | Nested | TypedArray,
  tolerance: number = isFloating(actual.dtype) ? tolerances.fixture[actual.dtype] : 0,
): void {
  const { values, shape } = wanted(expected);
  if (shape && `${shape}` !== `${actual.shape}`) {
    throw new ShapeError('expectClose', `got [${actual.shape}], expected [${shape}]`);
  }
  const found = actual.dataSync();
  const error = relativeError(found, values);
  if (error <= tolerance) return;
  const at = worst(found, values);
  throw new NumericError(
    'expectClose',
    `differs by ${error} (allowed: ${tolerance}); element ${at} is ${found[at]}, expected ${values[at]}`,
    { error, tolerance, element: at },
  );
}

function wanted(expected: Tensor | Nested | TypedArray): { values: TypedArray; shape?: Shape } {
  if (expected instanceof Tensor) return { values: expected.dataSync(), shape: expected.shape };
  if (ArrayBuffer.isView(expected)) return { values: expected };
  const x = tensor(expected, { dtype: 'float64' });
  return { values: x.dataSync(), shape: x.shape };
}

/** The element that is furthest off; one that is no number on one side only is. */
function worst(found: TypedArray, values: TypedArray): number {
  let at = 0;
  let largest = -1;
  for (let i = 0; i < values.length; i++) {
    if (Object.is(found[i], values[i])) continue;
    const difference = Math.abs(found[i] - values[i]);
    const distance = Number.isNaN(difference) ? Infinity : difference;
    if (distance > largest) [largest, at] = [distance, i];
  }
  return at;
}
