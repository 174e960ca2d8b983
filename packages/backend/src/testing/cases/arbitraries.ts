import * as fc from 'fast-check';
import type { Shape } from '../../contract/shape.ts';

/** One to four axes of 1 to 6. */
export const shapes: fc.Arbitrary<Shape> = fc.array(fc.integer({ min: 1, max: 6 }), {
  minLength: 1,
  maxLength: 4,
});

/** A shape and one of its axes. */
export const shapeWithAxis: fc.Arbitrary<{ shape: Shape; axis: number }> = shapes.chain((shape) =>
  fc.record({ shape: fc.constant(shape), axis: fc.nat(shape.length - 1) }),
);

/** A shape, and shapes that broadcast to it. */
export function broadcastShapes(count: number): fc.Arbitrary<{ shape: Shape; inputs: Shape[] }> {
  return shapes.chain((shape) => {
    const input = fc
      .tuple(fc.nat(shape.length), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }))
      .map(([lead, ones]) => shape.slice(lead).map((n, axis) => (ones[axis] ? 1 : n)));
    return fc.record({
      shape: fc.constant(shape),
      inputs: fc.array(input, { minLength: count, maxLength: count }),
    });
  });
}
