import { DTypeError, OptionError, type Shape, ShapeError } from '@unroll/backend';
import type { Tensor } from '../core/tensor.ts';

/** @throws OptionError for an empty list */
export function needSome(operation: string, parts: readonly Tensor[]): void {
  if (parts.length === 0) throw new OptionError(operation, 'needs at least one tensor; got none');
}

/** @throws DTypeError, ShapeError where a part does not fit the first beside an axis */
export function needLike(first: Tensor, x: Tensor, position: number, axis: number): void {
  if (x.dtype !== first.dtype) {
    throw new DTypeError(
      'concat',
      `part 0 is ${first.dtype}, part ${position} is ${x.dtype}. cast() one of them?`,
    );
  }
  if (sameOn(first.shape, x.shape, axis)) return;
  throw new ShapeError(
    'concat',
    `all axes but ${axis} must agree; part 0 is [${first.shape.join(', ')}], part ${position} is [${x.shape.join(', ')}]`,
    { left: first.shape, right: x.shape, axis },
  );
}

/** Whether two shapes agree on all axes, or on all but one. */
export function sameOn(a: Shape, b: Shape, except = -1): boolean {
  return a.length === b.length && a.every((n, i) => i === except || n === b[i]);
}

/** The sizes of the parts of a split. @throws ShapeError unless they make up the whole length */
export function sizesOf(
  parts: number | readonly number[],
  length: number,
  what: string,
): readonly number[] {
  if (typeof parts === 'number') {
    if (Number.isInteger(parts) && parts > 0 && length % parts === 0) {
      return new Array<number>(parts).fill(length / parts);
    }
    throw new ShapeError(
      'split',
      `cannot cut ${what} into ${parts} equal parts. Give their sizes?`,
      {
        length,
        parts,
      },
    );
  }
  const total = parts.reduce((a, b) => a + b, 0);
  if (parts.every((n) => Number.isInteger(n) && n >= 0) && total === length) return parts;
  throw new ShapeError(
    'split',
    `the sizes [${parts.join(', ')}] make ${total}; ${what} has ${length}`,
    { length, parts },
  );
}
