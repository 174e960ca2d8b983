import type { Memory, Operand } from '../contract/backend.ts';
import { IndexError } from '../contract/errors.ts';
import type { Shape } from '../contract/shape.ts';
import { aroundAxis, sizeOf } from '../contract/shape.ts';
import { idsOf, newMemory, valuesOf } from './memory.ts';

export function indexSelect(x: Operand, ids: Operand, axis: number): Memory {
  const { outer, length, inner } = aroundAxis(x.shape, axis);
  const chosen = checkedIds('indexSelect', ids, length);
  const values = valuesOf(x);
  const y = newMemory(x.dtype, outer * chosen.length * inner);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < chosen.length; i++) {
      const from = (o * length + chosen[i]) * inner;
      y.values.set(values.subarray(from, from + inner), (o * chosen.length + i) * inner);
    }
  }
  return y;
}

export function indexAdd(shape: Shape, ids: Operand, x: Operand, axis: number): Memory {
  const { outer, length, inner } = aroundAxis(shape, axis);
  const chosen = checkedIds('indexAdd', ids, length);
  const values = valuesOf(x);
  const sums = new Float64Array(sizeOf(shape));
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < chosen.length; i++) {
      const to = (o * length + chosen[i]) * inner;
      const from = (o * chosen.length + i) * inner;
      for (let n = 0; n < inner; n++) sums[to + n] += values[from + n];
    }
  }
  return rounded(sums, x);
}

export function gather(x: Operand, ids: Operand, axis: number): Memory {
  const y = newMemory(x.dtype, sizeOf(ids.shape));
  const values = valuesOf(x);
  eachPair('gather', x.shape, ids, axis, (at, i) => {
    y.values[i] = values[at];
  });
  return y;
}

export function scatterAdd(shape: Shape, ids: Operand, x: Operand, axis: number): Memory {
  const sums = new Float64Array(sizeOf(shape));
  const values = valuesOf(x);
  eachPair('scatterAdd', shape, ids, axis, (at, i) => {
    sums[at] += values[i];
  });
  return rounded(sums, x);
}

/**
 * Visits (position in `shape`, position in ids) for every id: the position of the id with its index along the axis
 * replaced by the id itself. The other axes of ids may be shorter than those of the shape.
 */
function eachPair(
  operation: string,
  shape: Shape,
  ids: Operand,
  axis: number,
  visit: (at: number, i: number) => void,
): void {
  const chosen = checkedIds(operation, ids, shape[axis]);
  const rank = shape.length;
  for (let i = 0; i < chosen.length; i++) {
    let at = 0;
    let stride = 1;
    let rest = i;
    for (let k = rank - 1; k >= 0; k--) {
      const index = rest % ids.shape[k];
      rest = Math.floor(rest / ids.shape[k]);
      at += (k === axis ? chosen[i] : index) * stride;
      stride *= shape[k];
    }
    visit(at, i);
  }
}

/** The ids of an operand, which must lie on an axis of `length`; one may be excepted. */
export function checkedIds(
  operation: string,
  operand: Operand,
  length: number,
  except?: number,
): Int32Array {
  const ids = idsOf(operand);
  let position = 0;
  while (position < ids.length && isWithin(ids[position], length, except)) position += 1;
  if (position === ids.length) return ids;
  const id = ids[position];
  const valid = length > 0 ? `valid ids are 0 to ${length - 1}` : 'the axis is empty';
  throw new IndexError(operation, `id ${id} at position ${position} is out of range; ${valid}`, {
    id,
    position,
    range: [0, length - 1],
  });
}

function isWithin(id: number, length: number, except: number | undefined): boolean {
  return (id >= 0 && id < length) || id === except;
}

function rounded(sums: Float64Array, like: Operand): Memory {
  const y = newMemory(like.dtype, sums.length);
  y.values.set(sums);
  return y;
}
