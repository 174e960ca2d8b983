import { type DType, OptionError, type Shape, ShapeError, sizeOf } from '@unroll/backend';
import type { RandomStream, Tensor } from '@unroll/tensor';

/** Makes the first values of a weight; layers give it the shape, their own stream and their dtype. */
export type Initializer = (shape: Shape, stream: RandomStream, dtype?: DType) => Tensor;

/**
 * How many inputs feed an output of a weight `[…, inputs, outputs]`, and the reverse; axes in front of these two (a
 * convolution's window) multiply both.
 */
export function fans(operation: string, shape: Shape): { fanIn: number; fanOut: number } {
  if (shape.length < 2) {
    throw new ShapeError(
      operation,
      `needs a matrix […, inputs, outputs]; got [${shape.join(', ')}]. init.zeros() or init.uniform() for a vector?`,
      { shape },
    );
  }
  const window = sizeOf(shape.slice(0, -2));
  const [inputs, outputs] = shape.slice(-2);
  return { fanIn: window * inputs, fanOut: window * outputs };
}

/** Refuses what is not a finite number. */
export function needFinite(operation: string, options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (Number.isFinite(value)) continue;
    throw new OptionError(operation, `${name} must be a finite number; got ${value}`, {
      [name]: value,
    });
  }
}
