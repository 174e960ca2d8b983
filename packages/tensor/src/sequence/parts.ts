import {
  type DType,
  DTypeError,
  dtypeOf,
  ShapeError,
  sameShape,
  type TypedArray,
} from '@unroll/backend';
import { asTensor } from '../core/accept.ts';
import { tensor } from '../core/create.ts';
import type { Nested, Tensor } from '../core/tensor.ts';
import { cast } from '../operations/cast.ts';
import { reshape } from '../operations/core.ts';
import { indexSelect } from '../operations/select.ts';
import { transpose } from '../operations/transpose.ts';

/** Slices of x along its first axis; x itself where that is what they are. */
export function select(x: Tensor, ids: Int32Array): Tensor {
  if (ids.length === x.shape[0] && ids.every((id, i) => id === i)) return x;
  return indexSelect(x, tensor(ids), { axis: 0 });
}

/** x with its first two axes exchanged: where all lengths are equal, that is all there is between batch and rows. */
export function swapFirst(x: Tensor): Tensor {
  const [first, second, ...rest] = x.shape;
  // Around an axis of 1 nothing moves, so nothing is copied.
  if (first === 1 || second === 1) return reshape(x, [second, first, ...rest]);
  return transpose(x, [1, 0, ...rest.map((_, i) => i + 2)]);
}

/** The steps of one sequence as a tensor `[length, …features]`. */
export function steps(
  x: Nested | TypedArray | Tensor,
  sequence: number,
  dtype: DType | undefined,
): Tensor {
  const given = isHost(x) ? tensor(x, { dtype }) : asTensor('Sequence.fromArrays', x);
  if (given.rank === 0) {
    throw new ShapeError(
      'Sequence.fromArrays',
      `sequence ${sequence} is a single number. Give one array per sequence.`,
      { sequence },
    );
  }
  return dtype === undefined || given.dtype === dtype ? given : cast(given, dtype);
}

function isHost(x: unknown): x is Nested | TypedArray {
  return typeof x === 'number' || Array.isArray(x) || dtypeOf(x) !== undefined;
}

/** Refuses sequences that differ in dtype or features. */
export function checkAlike(list: readonly Tensor[]): void {
  const [first] = list;
  for (const [i, x] of list.entries()) {
    if (x.dtype !== first.dtype) {
      throw new DTypeError(
        'Sequence.fromArrays',
        `sequence 0 is ${first.dtype} and sequence ${i} is ${x.dtype}. Pass { dtype }?`,
        { left: first.dtype, right: x.dtype },
      );
    }
    const [ours, theirs] = [first.shape.slice(1), x.shape.slice(1)];
    if (sameShape(ours, theirs)) continue;
    throw new ShapeError(
      'Sequence.fromArrays',
      `sequences must have the same features; got [${ours.join(', ')}] in sequence 0 and [${theirs.join(', ')}] in sequence ${i}`,
      { left: ours, right: theirs },
    );
  }
}

/** Where each of the sequences begins when they follow each other. */
export function startsOf(lengths: readonly number[]): number[] {
  const starts: number[] = [];
  let at = 0;
  for (const n of lengths) {
    starts.push(at);
    at += n;
  }
  return starts;
}
