import {
  type DType,
  DTypeError,
  dtypeOf,
  type Shape,
  ShapeError,
  sizeOf,
  type TypedArray,
} from '@unroll/backend';

/** Values as nested arrays: a number for a scalar, `number[][]` for a matrix. Bools are 0 and 1. */
export type Nested = number | readonly Nested[];

/** Values in the nesting of a shape. */
export function nest(values: TypedArray, shape: Shape): Nested {
  if (shape.length === 0) return values[0];
  const [length, ...inner] = shape;
  const stride = sizeOf(inner);
  return Array.from({ length }, (_, i) =>
    nest(values.subarray(i * stride, (i + 1) * stride), inner),
  );
}

/** The shape that nested values have along their first items. @throws DTypeError for what is no number or list */
export function shapeOf(values: Nested): number[] {
  const shape: number[] = [];
  for (let level = values; typeof level !== 'number'; level = level[0]) {
    needValues(level);
    shape.push(level.length);
    if (level.length === 0) break;
  }
  return shape;
}

/** Writes nested values one after the other. @throws ShapeError, DTypeError as `tensor` does */
export function fill(values: Nested, out: TypedArray, dtype: DType): void {
  const shape = shapeOf(values);
  let at = 0;
  const visit = (level: Nested, depth: number): void => {
    needValues(level);
    if (typeof level === 'number' && depth === shape.length) {
      out[at++] = dtype === 'bool' ? Number(level !== 0) : level;
      return;
    }
    if (typeof level === 'number' || depth === shape.length || level.length !== shape[depth]) {
      throw new ShapeError(
        'tensor',
        `rows of one level must be equally long; expected [${shape.join(', ')}], got ${
          typeof level === 'number' ? 'a number' : `${level.length} items`
        } at depth ${depth}. For ragged sequences use Sequence.fromArrays().`,
      );
    }
    for (const item of level) visit(item, depth + 1);
  };
  visit(values, 0);
}

function needValues(level: unknown): void {
  if (typeof level === 'number' || Array.isArray(level) || dtypeOf(level)) return;
  throw new DTypeError(
    'tensor',
    `takes numbers, nested arrays of them, Float32Array, Float64Array, Int32Array and Uint8Array; got ${kindOf(level)}`,
  );
}

function kindOf(value: unknown): string {
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  return value.constructor?.name ?? 'an object';
}

/** Values in another dtype; what is not 0 is true. */
export function convert(from: TypedArray, to: TypedArray, dtype: DType): void {
  if (dtype === 'bool') for (let i = 0; i < from.length; i++) to[i] = Number(from[i] !== 0);
  else to.set(from);
}
