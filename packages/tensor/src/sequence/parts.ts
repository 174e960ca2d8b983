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
import type { Nested } from '../core/nested.ts';
import type { Tensor } from '../core/tensor.ts';
import { cast } from '../operations/cast.ts';
import { reshape } from '../operations/core.ts';
import { indexSelect } from '../operations/select.ts';
import { transpose } from '../operations/transpose.ts';

/** Slices of x along its first axis; x itself where that is what they are. */
export function select(x: Tensor, ids: Int32Array): Tensor {
  if (ids.length === x.shape[0] && ids.every((id, i) => id === i)) return x;
  return indexSelect(x, tensor(ids), { axis: 0 });
}

/** The rows `[time · batch, …]` of `[batch, time, …]`, step after step. */
export function rowsOfBatch(x: Tensor): Tensor {
  const [batch, time] = x.shape;
  return reshape(swapFirst(x), [batch * time, ...x.shape.slice(2)]);
}

/** `[batch, time, …]` of rows `[time · batch, …]`. */
export function batchOfRows(rows: Tensor, batch: number, time: number): Tensor {
  const features = rows.shape.slice(1);
  if (batch === 1 || time === 1) return reshape(rows, [batch, time, ...features]);
  return swapFirst(reshape(rows, [time, batch, ...features]));
}

/** x with its first two axes exchanged. Around an axis of 1 nothing moves, so nothing is copied. */
function swapFirst(x: Tensor): Tensor {
  const { shape } = x;
  if (shape[0] === 1 || shape[1] === 1) return x;
  return transpose(x, [1, 0, ...shape.slice(2).map((_, i) => i + 2)]);
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
