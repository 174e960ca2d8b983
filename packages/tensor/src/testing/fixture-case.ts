import { type DType, isFloating, NumericError, type Shape, ShapeError } from '@unroll/backend';
import { relativeError } from '@unroll/backend/testing/tolerances';
import { tensor } from '../core/create.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Tensors } from '../recurrence/call.ts';

export type Floating = 'float32' | 'float64';

/** A tensor as it stands in a fixture file. */
export interface Digits {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: number[];
}

/** A comparison with digits from elsewhere that needs no test framework: it runs in a test, in a page and in a child process. */
export interface FixtureCase {
  readonly title: string;
  /** In which dtype the digits were computed. */
  readonly dtype: Floating;
  /**
   * Computes in a dtype on the backend that is chosen now.
   *
   * @param tolerance - of `max |a − b| ≤ tolerance · max |b|`
   * @throws Error saying what differs
   */
  run(dtype: Floating, tolerance: number): Promise<void>;
}

/** A leaf with the values of a file, on the backend that is chosen now; ids and masks keep their dtype. */
export function given({ dtype, shape, data }: Digits, wanted: Floating): Tensor {
  return tensor(data, { shape, dtype: isFloating(dtype) ? wanted : dtype });
}

/** As {@link given}, and with a gradient after `backward`. */
export function leaf(digits: Digits, wanted: Floating): Tensor {
  const x = given(digits, wanted);
  if (isFloating(x.dtype)) x.requiresGrad = true;
  return x;
}

/** {@link given} for each of several. */
export function allGiven(digits: Readonly<Record<string, Digits>>, wanted: Floating): Tensors {
  return Object.fromEntries(Object.entries(digits).map(([name, x]) => [name, given(x, wanted)]));
}

/**
 * Holds tensors against what they should be, name by name; all are read at once.
 *
 * @param expected - in float64, which every backend leaves to the reference
 * @throws ShapeError for another shape, or one that is missing or too much; NumericError naming what differs
 */
export async function expectNear(
  found: Readonly<Record<string, Tensor | undefined>>,
  expected: Tensors,
  tolerance: number,
): Promise<void> {
  const names = [...new Set([...Object.keys(found), ...Object.keys(expected)])];
  for (const name of names) {
    const [shape, wanted] = [found[name]?.shape, expected[name]?.shape];
    if (!shape || !wanted || `${shape}` !== `${wanted}`) {
      throw new ShapeError(name, `got ${said(shape)}, expected ${said(wanted)}`);
    }
  }
  const values = await Promise.all(names.map((name) => (found[name] as Tensor).data()));
  for (const [i, name] of names.entries()) {
    const error = relativeError(values[i], expected[name].dataSync());
    if (error <= tolerance) continue;
    throw new NumericError(name, `differs by ${error} (allowed: ${tolerance})`, { error });
  }
}

function said(shape: Shape | undefined): string {
  return shape ? `[${shape}]` : 'none';
}
