import { broadcastStrides, type Shape, sizeOf, stridesOf, type TypedArray } from '@unroll/backend';

/** Operands read with strides over a common shape, axes joined where all of them allow it. */
export interface Joined {
  readonly shape: number[];
  /** For each operand, a stride for each axis; 0 stretches. */
  readonly strides: number[][];
}

/** The common shape with as few axes as possible: those of one element go, neighbours in one run become one. */
export function joinOperands(shapes: readonly Shape[], target: Shape): Joined {
  const all = shapes.map((shape) => broadcastStrides(shape, target));
  const shape: number[] = [];
  const strides: number[][] = all.map(() => []);
  target.forEach((n, axis) => {
    if (n === 1) return;
    const last = shape.length - 1;
    const joins = last >= 0 && all.every((own, i) => strides[i][last] === own[axis] * n);
    if (joins) shape[last] *= n;
    else shape.push(n);
    all.forEach((own, i) => {
      strides[i][joins ? last : last + 1] = own[axis];
    });
  });
  return { shape, strides };
}

/** The elements of a broadcast operand one by one, as the common shape has them. */
export function expand(values: TypedArray, strides: readonly number[], shape: Shape): Float32Array {
  const out = new Float32Array(sizeOf(shape));
  const steps = stridesOf(shape);
  const last = shape.length - 1;
  const fill = (axis: number, from: number, to: number): void => {
    const [n, stride] = [shape[axis], strides[axis]];
    if (axis < last) {
      for (let i = 0; i < n; i++) fill(axis + 1, from + i * stride, to + i * steps[axis]);
    } else if (stride === 0) out.fill(values[from], to, to + n);
    else out.set(values.subarray(from, from + n), to);
  };
  fill(0, 0, 0);
  return out;
}
