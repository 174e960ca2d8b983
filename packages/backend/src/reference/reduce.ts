import type { Memory, Operand, Reduction } from '../contract/backend.ts';
import type { TypedArray } from '../contract/dtype.ts';
import { aroundAxis } from '../contract/shape.ts';
import { newMemory, valuesOf } from './memory.ts';

/** One result from `count` values that stand `stride` apart. */
type Fold = (values: TypedArray, from: number, stride: number, count: number) => number;

const folds: Readonly<Record<Reduction, Fold>> = {
  sum: (values, from, stride, count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += values[from + i * stride];
    return sum;
  },
  max: (values, from, stride, count) => values[from + stride * argmax(values, from, stride, count)],
  min: (values, from, stride, count) => values[from + stride * argmin(values, from, stride, count)],
  argmax,
  argmin,
};

/** The first of the greatest, or of the NaNs. */
function argmax(values: TypedArray, from: number, stride: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) {
    const x = values[from + i * stride];
    const top = values[from + best * stride];
    if (x > top || (Number.isNaN(x) && !Number.isNaN(top))) best = i;
  }
  return best;
}

function argmin(values: TypedArray, from: number, stride: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) {
    const x = values[from + i * stride];
    const top = values[from + best * stride];
    if (x < top || (Number.isNaN(x) && !Number.isNaN(top))) best = i;
  }
  return best;
}

/** Each line along the axis becomes one value. A sum of bools is a count (int32). */
export function reduce(kind: Reduction, x: Operand, axis: number): Memory {
  const values = valuesOf(x);
  const { outer, length, inner } = aroundAxis(x.shape, axis);
  const counts = kind.startsWith('arg') || (kind === 'sum' && x.dtype === 'bool');
  const y = newMemory(counts ? 'int32' : x.dtype, outer * inner);
  const fold = folds[kind];
  for (let o = 0; o < outer; o++) {
    for (let n = 0; n < inner; n++) {
      y.values[o * inner + n] = fold(values, o * length * inner + n, inner, length);
    }
  }
  return y;
}

export function cumsum(x: Operand, axis: number, reverse: boolean): Memory {
  const values = valuesOf(x);
  const { outer, length, inner } = aroundAxis(x.shape, axis);
  const y = newMemory(x.dtype === 'bool' ? 'int32' : x.dtype, values.length);
  for (let o = 0; o < outer; o++) {
    for (let n = 0; n < inner; n++) {
      let sum = 0;
      for (let i = 0; i < length; i++) {
        const at = (o * length + (reverse ? length - 1 - i : i)) * inner + n;
        sum += values[at];
        y.values[at] = sum;
      }
    }
  }
  return y;
}

/** Σ x² over all elements of all inputs. */
export function sumOfSquares(inputs: readonly Operand[]): Memory {
  let sum = 0;
  for (const x of inputs) for (const value of valuesOf(x)) sum += value * value;
  const y = newMemory(inputs[0].dtype, 1);
  y.values[0] = sum;
  return y;
}
