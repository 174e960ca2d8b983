import { record, wrap } from '../autograd/record.ts';
import { asTensor } from '../core/accept.ts';
import type { Tensor } from '../core/tensor.ts';
import { axisOf } from './axis.ts';

/**
 * The running sum along an axis, from the end when `reverse`. Masks are counted as int32.
 *
 * @param options.reverse default false
 * @throws IndexError for an axis that does not exist
 * @example
 * cumsum(tensor([1, 2, 3]), { axis: 0 }); // [1, 3, 6]
 */
export function cumsum(
  x: Tensor,
  { axis, reverse = false }: { axis: number; reverse?: boolean },
): Tensor {
  const along = axisOf('cumsum', axis, asTensor('cumsum', x).shape);
  const { backend } = x.storage;
  const output = wrap(backend, backend.kernels.cumsum(x.operand, along, reverse), x.shape);
  return record('cumsum', [x], output, ([dy]) => [
    dy && cumsum(dy, { axis: along, reverse: !reverse }),
  ]);
}
