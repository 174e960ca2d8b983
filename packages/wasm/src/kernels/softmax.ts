import type { FusedKernels } from '@unroll/backend';
import type { Machine } from '../machine/machine.ts';
import { mapRows } from './map-rows.ts';

type Softmax = FusedKernels['softmax'];

/** Softmax or log-softmax of floats along the last axis; of doubles it is the reference's. */
export function makeSoftmax(
  machine: Machine,
  name: 'softmax' | 'logSoftmax',
  reference: Softmax,
): Softmax {
  return (x) => {
    if (x.dtype !== 'float32') return reference(x);
    const length = x.shape.at(-1) as number;
    return machine.workspace.during(() =>
      mapRows(machine, [x], ([from], to, _, count) => {
        return { name, args: [from, to, length, count] };
      }),
    );
  };
}
