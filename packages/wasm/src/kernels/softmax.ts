import { aroundAxis, type FusedKernels, type Memory, type Operand } from '@unroll/backend';
import type { Machine } from '../machine/machine.ts';
import { hostMemory, valuesOf } from '../memory/host-memory.ts';

/** Elements that are brought to the machine at a time: input and output then lie in the second cache. */
const CHUNK = 65_536;
/** Vector code may write so many bytes beyond its data. */
const SLACK = 16;

type Softmax = FusedKernels['softmax'];

/** Softmax or log-softmax of floats along the last axis; of doubles it is the reference's. */
export function makeSoftmax(
  machine: Machine,
  name: 'softmax' | 'logSoftmax',
  reference: Softmax,
): Softmax {
  return (x) => {
    if (x.dtype !== 'float32') return reference(x);
    return machine.workspace.during(() => softmax(machine, name, x));
  };
}

function softmax(machine: Machine, name: 'softmax' | 'logSoftmax', x: Operand): Memory {
  const { heap, workspace, functions } = machine;
  const { outer, length } = aroundAxis(x.shape, x.shape.length - 1);
  const values = valuesOf(x);
  const results = new Float32Array(values.length);
  const rows = Math.max(1, Math.floor(CHUNK / Math.max(length, 1)));
  const bytes = 4 * Math.min(rows, outer) * length + SLACK;
  const from = workspace.borrow(bytes);
  const to = workspace.borrow(bytes);
  for (let row = 0; row < outer; row += rows) {
    const count = Math.min(rows, outer - row);
    heap.floats.set(values.subarray(row * length, (row + count) * length), from / 4);
    functions[name](from, to, length, count);
    results.set(heap.floats.subarray(to / 4, to / 4 + count * length), row * length);
  }
  return hostMemory('float32', results);
}
