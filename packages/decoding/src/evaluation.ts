import { ShapeError } from '@unroll/backend';
import { noGrad, reshape, slice, type Tensor } from '@unroll/tensor';
import type { SequenceModel } from './sequence-model.ts';

/** One call of the model in evaluation mode: between two ids it belongs to its owner, who may be training it. */
export function evaluate<T>(
  model: Pick<SequenceModel, 'training' | 'train' | 'eval'>,
  fn: () => T,
): T {
  const { training } = model;
  if (training) model.eval?.();
  try {
    return noGrad(fn);
  } finally {
    if (training) model.train?.();
  }
}

/** The rows `[batch, n]` of the last step of `[batch, time, n]`. */
export function lastRows(operation: string, output: Tensor, batch: number): Tensor {
  const [rows, time, n] = output.shape;
  if (output.rank !== 3 || rows !== batch || time === 0) {
    throw new ShapeError(
      operation,
      `the model must give [${batch}, time, n]; got [${output.shape.join(', ')}]`,
      { shape: output.shape },
    );
  }
  return reshape(slice(output, { axis: 1, from: time - 1, to: time }), [batch, n]);
}
