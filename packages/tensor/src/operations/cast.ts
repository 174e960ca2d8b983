import { type DType, DTypeError, dtypes } from '@unroll/backend';
import { record, wrap } from '../autograd/record.ts';
import { asTensor, on } from '../core/accept.ts';
import { backendFor } from '../core/engine.ts';
import { Storage } from '../core/storage.ts';
import { Tensor } from '../core/tensor.ts';

/**
 * x in another dtype; x itself where it has it already. To int32 values are cut towards zero, to bool they become
 * `x ≠ 0`. Gradients flow between float32 and float64, and are cast back.
 *
 * @throws DTypeError for a dtype that does not exist
 * @example
 * const mask = cast(tensor([0, 2]), 'bool'); // [0, 1]
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  asTensor('cast', x);
  if (!dtypes.includes(dtype)) {
    throw new DTypeError('cast', `there is no dtype ${dtype}; there are ${dtypes.join(', ')}`);
  }
  if (x.dtype === dtype) return x;
  return record('cast', [x], convert(x, dtype), ([dy]) => [dy && cast(dy, x.dtype)]);
}

/** float64 lives on the reference alone, so a cast to or from it may move. */
function convert(x: Tensor, dtype: DType): Tensor {
  const here = x.storage.backend;
  const wide = dtype === 'float64' || x.dtype === 'float64';
  const backend = wide ? backendFor('float64') : here;
  const made = wrap(backend, backend.kernels.cast(on(backend, x), dtype), x.shape, dtype);
  const target = x.dtype === 'float64' ? backendFor(dtype) : backend;
  if (target === backend) return made;
  return new Tensor(new Storage(target, on(target, made).memory), 0, x.shape, dtype);
}
