import { UnsupportedError } from '@unroll/backend';
import { isGradEnabled } from '../autograd/mode.ts';
import { fromHost } from '../core/accept.ts';
import type { Tensor } from '../core/tensor.ts';
import { mul } from '../operations/arithmetic.ts';
import { reshape } from '../operations/core.ts';
import { indexSelect } from '../operations/select.ts';
import type { Sequence } from '../sequence/sequence.ts';

/** `slopes` `[rows, n]`, each row times the number in `dy` `[batch]` of its sequence. */
export function eachRow(x: Sequence, slopes: Tensor, dy: Tensor): Tensor {
  const of = new Int32Array(slopes.shape[0]);
  for (const [i, length] of x.lengths.entries()) {
    for (let t = 0; t < length; t++) of[x.rowOf(i, t)] = i;
  }
  const ids = fromHost(of, [of.length], 'int32', dy.storage.backend);
  return mul(slopes, reshape(indexSelect(dy, ids), [of.length, 1]));
}

/** The gradient was made beside the loss, as numbers: a recorded backward pass would take them for constants. */
export function needFirstOrder(operation: string): void {
  if (!isGradEnabled()) return;
  throw new UnsupportedError(
    operation,
    'has first derivatives only: its kernel makes the gradient together with the loss. Leave out createGraph, or keep this loss out of what is differentiated twice.',
  );
}
