import { ShapeError } from '@unroll/backend';
import type { Sequence } from '@unroll/tensor';

/** Refuses rows of another size. */
export function needRows(operation: string, x: Sequence, size: number, option = 'size'): void {
  if (x.features.length === 1 && x.features[0] === size) return;
  throw new ShapeError(operation, `${option} is ${size}; got rows of [${x.features.join(', ')}]`, {
    [option]: size,
    features: x.features,
  });
}
