import { allocate, type DType, type Shape, ShapeError } from '@unroll/backend';
import { type RandomStream, tensor } from '@unroll/tensor';
import { type Initializer, needFinite } from './initializer.ts';

/**
 * A random matrix whose rows, or columns where there are fewer of them, are orthogonal and of length `gain`: it neither
 * stretches nor squeezes (Saxe, McClelland & Ganguli 2013). It is the Q of the QR decomposition of a normal matrix with a
 * positive diagonal in R, so all rotations are equally likely (Mezzadri 2007). Computed in float64.
 *
 * @throws ShapeError (from the initializer) for anything but a matrix
 * @example
 * const U = init.orthogonal()([64, 64], randomStream('U')); // U·Uᵀ = 1
 */
export function orthogonal({ gain = 1 } = {}): Initializer {
  needFinite('init.orthogonal', { gain });
  return (shape, stream, dtype = 'float32') => draw(shape, stream, dtype, gain);
}

function draw(shape: Shape, stream: RandomStream, dtype: DType, gain: number) {
  if (shape.length !== 2) {
    throw new ShapeError('init.orthogonal', `needs a matrix; got [${shape.join(', ')}]`, { shape });
  }
  const [rows, columns] = shape;
  const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)];
  const noise = stream.normal([count, length], { dtype: 'float64' }).dataSync();
  const vectors = Array.from({ length: count }, (_, i) =>
    Float64Array.from(noise.subarray(i * length, (i + 1) * length)),
  );
  orthonormalize(vectors);
  const values = allocate(dtype, rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      values[i * columns + j] = gain * (rows <= columns ? vectors[i][j] : vectors[j][i]);
    }
  }
  return tensor(values, { shape, dtype });
}

/** Modified Gram–Schmidt, each vector twice: once more is enough for orthogonality to rounding (Giraud et al. 2005). */
function orthonormalize(vectors: readonly Float64Array[]): void {
  for (const [i, v] of vectors.entries()) {
    for (let pass = 0; pass < 2; pass++) {
      for (let k = 0; k < i; k++) addScaled(v, vectors[k], -dot(v, vectors[k]));
      const length = Math.sqrt(dot(v, v));
      for (let j = 0; j < v.length; j++) v[j] /= length;
    }
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function addScaled(target: Float64Array, source: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i] += factor * source[i];
}
