import { IndexError, type Shape } from '@unroll/backend';

/** An axis counted from the front; a negative one was counted from the end. */
export function axisOf(operation: string, axis: number, shape: Shape): number {
  const rank = shape.length;
  const at = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(at) && at >= 0 && at < rank) return at;
  const range = rank === 0 ? 'a scalar has none' : `axes are ${-rank} to ${rank - 1}`;
  throw new IndexError(
    operation,
    `axis ${axis} does not exist in [${shape.join(', ')}]; ${range}`,
    { axis, shape },
  );
}

/** Several axes counted from the front, rising; all of them where none is named. */
export function axesOf(
  operation: string,
  axis: number | readonly number[] | undefined,
  shape: Shape,
): number[] {
  if (axis === undefined) return shape.map((_, i) => i);
  const named = typeof axis === 'number' ? [axis] : axis;
  const axes = named.map((a) => axisOf(operation, a, shape)).sort((a, b) => a - b);
  const twice = axes.find((a, i) => a === axes[i - 1]);
  if (twice === undefined) return axes;
  throw new IndexError(
    operation,
    `axis ${twice} of [${shape.join(', ')}] is named twice: ${named.join(', ')}`,
    { axis, shape },
  );
}

/** A shape with one axis of another length. */
export function withLength(shape: Shape, axis: number, length: number): number[] {
  return shape.map((n, i) => (i === axis ? length : n));
}
