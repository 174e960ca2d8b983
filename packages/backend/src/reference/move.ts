import type { Memory, Operand } from '../contract/backend.ts';
import type { TypedArray } from '../contract/dtype.ts';
import type { Shape } from '../contract/shape.ts';
import { aroundAxis, sizeOf, stridesOf } from '../contract/shape.ts';
import { newMemory, valuesOf } from './memory.ts';
import { copyRun, gatherRun, joinAxes } from './strided.ts';

/** New memory of `shape`, read from x with an offset and a stride for each axis. */
function gatherStrided(
  x: Operand,
  shape: Shape,
  offset: number,
  strides: readonly number[],
): Memory {
  const y = newMemory(x.dtype, sizeOf(shape));
  if (y.length === 0) return y;
  const joined = joinAxes(shape, [strides]);
  const source = { values: valuesOf(x), offset, strides: joined.strides[0] };
  gatherRun(y.values, source, joined.shape, 0, y.length);
  return y;
}

export function transpose(x: Operand, axes: readonly number[]): Memory {
  const strides = stridesOf(x.shape);
  const shape = axes.map((axis) => x.shape[axis]);
  return gatherStrided(
    x,
    shape,
    0,
    axes.map((axis) => strides[axis]),
  );
}

export function slice(
  x: Operand,
  starts: readonly number[],
  sizes: readonly number[],
  steps: readonly number[],
): Memory {
  const strides = stridesOf(x.shape);
  const offset = starts.reduce((sum, start, axis) => sum + start * strides[axis], 0);
  return gatherStrided(
    x,
    sizes,
    offset,
    steps.map((step, axis) => step * strides[axis]),
  );
}

export function pad(
  x: Operand,
  before: readonly number[],
  after: readonly number[],
  value: number,
): Memory {
  const shape = x.shape.map((n, axis) => before[axis] + n + after[axis]);
  const y = newMemory(x.dtype, sizeOf(shape));
  y.values.fill(value);
  const strides = stridesOf(shape);
  const offset = before.reduce((sum, n, axis) => sum + n * strides[axis], 0);
  scatterStrided(y.values, offset, strides, valuesOf(x), x.shape);
  return y;
}

/** Writes `values` of `shape` into a window of a larger array, row by row. */
function scatterStrided(
  target: TypedArray,
  offset: number,
  strides: readonly number[],
  values: TypedArray,
  shape: Shape,
): void {
  const row = shape.length > 0 ? shape[shape.length - 1] : 1;
  const outer = stridesOf(shape.slice(0, -1));
  const rows = sizeOf(shape.slice(0, -1));
  if (row === 0) return;
  for (let r = 0; r < rows; r++) {
    let at = offset;
    let rest = r;
    for (let axis = 0; axis < outer.length; axis++) {
      at += Math.floor(rest / outer[axis]) * strides[axis];
      rest %= outer[axis];
    }
    copyRun(target, at, values, r * row, 1, row);
  }
}

export function concat(inputs: readonly Operand[], axis: number): Memory {
  const parts = inputs.map((x) => ({ values: valuesOf(x), ...aroundAxis(x.shape, axis) }));
  const { outer, inner } = parts[0];
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const y = newMemory(inputs[0].dtype, outer * length * inner);
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (const part of parts) {
      const run = part.length * inner;
      copyRun(y.values, at, part.values, o * run, 1, run);
      at += run;
    }
  }
  return y;
}
