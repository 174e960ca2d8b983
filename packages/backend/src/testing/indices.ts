import type { Memory, Operand } from '../contract/backend.ts';
import type { DType } from '../contract/dtype.ts';
import { allocate } from '../contract/dtype.ts';
import type { Shape } from '../contract/shape.ts';
import { broadcastStrides, sizeOf, stridesOf } from '../contract/shape.ts';
import { memoryOf, valuesOf } from '../reference/memory.ts';

export type Index = readonly number[];
export type At = (index: Index) => number;

/** All indices of a shape, in row-major order. */
function indices(shape: Shape): Index[] {
  const strides = stridesOf(shape);
  return Array.from({ length: sizeOf(shape) }, (_, i) =>
    shape.map((n, axis) => Math.floor(i / strides[axis]) % n),
  );
}

function position(index: Index, strides: readonly number[]): number {
  return index.reduce((sum, i, axis) => sum + i * strides[axis], 0);
}

/** Reads an operand by index, as if it were broadcast to a shape. */
export function reader(x: Operand, shape: Shape = x.shape): At {
  const values = valuesOf(x);
  const strides = broadcastStrides(x.shape, shape);
  return (index) => values[position(index, strides)];
}

/** New memory from a function of the index. */
export function tabulate(dtype: DType, shape: Shape, at: At): Memory {
  const values = allocate(dtype, sizeOf(shape));
  indices(shape).forEach((index, i) => {
    const value = at(index);
    values[i] = dtype === 'bool' ? Number(value !== 0) : value;
  });
  return memoryOf(values);
}

/** New memory of zeros to which `value` is added at `target`, for every index of a shape, in double precision. */
export function accumulate(
  dtype: DType,
  shape: Shape,
  over: Shape,
  target: (index: Index) => Index,
  value: At,
): Memory {
  const sums = new Float64Array(sizeOf(shape));
  const strides = stridesOf(shape);
  for (const index of indices(over)) sums[position(target(index), strides)] += value(index);
  const values = allocate(dtype, sums.length);
  values.set(sums);
  return memoryOf(values);
}
