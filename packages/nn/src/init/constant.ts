import { allocate, type DType, type Shape, ShapeError } from '@unroll/backend';
import { full, tensor } from '@unroll/tensor';
import { type Initializer, needFinite } from './initializer.ts';

/**
 * The same value everywhere.
 *
 * @example
 * new Linear({ inputSize: 3, outputSize: 1, init: { b: init.constant(-2) } });
 */
export function constant(value: number): Initializer {
  needFinite('init.constant', { value });
  return (shape, _stream, dtype) => full(shape, value, { dtype });
}

/** 0 everywhere. */
export function zeros(): Initializer {
  return constant(0);
}

/**
 * `factor` on the diagonal of a matrix, 0 elsewhere. With ReLU, the start that Le, Jaitly & Hinton (2015) give to
 * recurrent weights: at factor 1 the state stays as it is, |w_hh| = 1.
 *
 * @throws ShapeError (from the initializer) for anything but a matrix
 * @example
 * init.scaledIdentity(0.5)([2, 2], randomStream('w')); // [[0.5, 0], [0, 0.5]]
 */
export function scaledIdentity(factor = 1): Initializer {
  needFinite('init.scaledIdentity', { factor });
  return (shape, _stream, dtype = 'float32') => diagonal(shape, factor, dtype);
}

function diagonal(shape: Shape, factor: number, dtype: DType) {
  if (shape.length !== 2) {
    throw new ShapeError('init.scaledIdentity', `needs a matrix; got [${shape.join(', ')}]`, {
      shape,
    });
  }
  const [rows, columns] = shape;
  const values = allocate(dtype, rows * columns);
  for (let i = 0; i < Math.min(rows, columns); i++) values[i * columns + i] = factor;
  return tensor(values, { shape, dtype });
}
