import { fromValues, type Tensor } from '@unroll/tensor';

/** Scores `[classes]` in which what is not allowed cannot come. */
export function filtered(scores: ArrayLike<number>, allowed: ReadonlySet<number>): Tensor {
  const values = new Float32Array(scores.length).fill(Number.NEGATIVE_INFINITY);
  for (const id of allowed) if (id < scores.length) values[id] = scores[id];
  return fromValues(values, [values.length], 'float32');
}
