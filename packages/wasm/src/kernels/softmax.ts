import { aroundAxis, type FusedKernels } from '@unroll/backend';
import type { Machine } from '../machine/machine.ts';
import { hostMemory, valuesOf } from '../memory/host-memory.ts';
import { mapRows } from './map-rows.ts';

/** Elements that are brought to the machine at a time: input and output then lie in the second cache. */
const CHUNK = 65_536;

type Softmax = FusedKernels['softmax'];

/** Softmax or log-softmax of floats along the last axis; of doubles it is the reference's. */
export function makeSoftmax(
  machine: Machine,
  name: 'softmax' | 'logSoftmax',
  reference: Softmax,
): Softmax {
  return (x) => {
    if (x.dtype !== 'float32') return reference(x);
    const { outer: rows, length } = aroundAxis(x.shape, x.shape.length - 1);
    const inputs = [valuesOf(x) as Float32Array];
    const results = machine.workspace.during(() =>
      mapRows(machine, inputs, { rows, length, elements: CHUNK }, ([from], to, _, count) =>
        machine.functions[name](from, to, length, count),
      ),
    );
    return hostMemory('float32', results);
  };
}
