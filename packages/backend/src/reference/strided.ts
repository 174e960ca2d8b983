import type { TypedArray } from '../contract/dtype.ts';
import type { Shape } from '../contract/shape.ts';

/** An array read with a stride for each axis of some shape; 0 stretches. */
export interface Strided {
  readonly values: TypedArray;
  readonly offset: number;
  readonly strides: readonly number[];
}

/**
 * Copies the elements `from … from + count − 1` (in row-major order of `shape`) of a strided array into `target`, run by
 * run along the last axis.
 */
export function gatherRun(
  target: TypedArray,
  { values, offset, strides }: Strided,
  shape: Shape,
  from: number,
  count: number,
): void {
  const last = shape.length - 1;
  if (last < 0) {
    target[0] = values[offset];
    return;
  }
  const length = shape[last];
  const stride = strides[last];
  const index = indexOf(from, shape);
  let done = 0;
  while (done < count) {
    const run = Math.min(length - index[last], count - done);
    copyRun(target, done, values, positionOf(index, strides, offset), stride, run);
    done += run;
    index[last] += run;
    carry(index, shape);
  }
}

/** Elements from which on a view of them costs less than a loop. */
const LONG = 128;

/** Copies elements that lie a stride apart, 0 for one and the same, to where they lie side by side. */
export function copyRun(
  target: TypedArray,
  to: number,
  values: TypedArray,
  from: number,
  stride: number,
  count: number,
): void {
  if (stride === 0) target.fill(values[from], to, to + count);
  else if (stride === 1 && count >= LONG) target.set(values.subarray(from, from + count), to);
  else for (let i = 0; i < count; i++) target[to + i] = values[from + i * stride];
}

/** The multi-index of the n-th element of a shape. */
function indexOf(n: number, shape: Shape): number[] {
  const index = new Array<number>(shape.length);
  let rest = n;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis];
    rest = Math.floor(rest / shape[axis]);
  }
  return index;
}

function positionOf(index: readonly number[], strides: readonly number[], offset: number): number {
  let position = offset;
  for (let axis = 0; axis < index.length; axis++) position += index[axis] * strides[axis];
  return position;
}

/** After the last axis has run over: as an odometer. */
function carry(index: number[], shape: Shape): void {
  for (let axis = shape.length - 1; axis > 0 && index[axis] === shape[axis]; axis--) {
    index[axis] = 0;
    index[axis - 1] += 1;
  }
}

/**
 * The same walk with fewer axes: axes of 1 go, and neighbours that all operands step through as one are joined, so that
 * runs are as long as possible.
 */
export function joinAxes(
  shape: Shape,
  strides: readonly (readonly number[])[],
): { shape: number[]; strides: number[][] } {
  const joinedShape: number[] = [];
  const joined: number[][] = strides.map(() => []);
  for (let axis = 0; axis < shape.length; axis++) {
    if (shape[axis] === 1) continue;
    const end = joinedShape.length - 1;
    const fits = end >= 0 && strides.every((s, i) => joined[i][end] === s[axis] * shape[axis]);
    if (fits) joinedShape[end] *= shape[axis];
    else joinedShape.push(shape[axis]);
    strides.forEach((s, i) => {
      if (fits) joined[i][end] = s[axis];
      else joined[i].push(s[axis]);
    });
  }
  return { shape: joinedShape, strides: joined };
}
