import { aroundAxis, type FusedKernels, type Memory, type Operand } from '@unroll/backend';
import type { Machine } from '../machine/machine.ts';
import { hostMemory, valuesOf } from '../memory/host-memory.ts';

/** Elements that are brought to the machine at a time: inputs and output then lie in the second cache. */
const CHUNK = 16_384;
/** Vector code may touch so many bytes beyond its data. */
const SLACK = 16;

type Normalize = Pick<FusedKernels, 'normalize' | 'normalizeBackward'>;

/** Rows of floats made mean 0 and variance 1, and the derivative; of doubles it is the reference's. */
export function makeNormalize(machine: Machine, reference: Normalize): Normalize {
  return {
    normalize: (x, eps) =>
      x.dtype === 'float32' ? byRows(machine, 'normalize', [x], eps) : reference.normalize(x, eps),
    normalizeBackward: (x, dy, eps) =>
      x.dtype === 'float32'
        ? byRows(machine, 'normalizeBackward', [x, dy], eps)
        : reference.normalizeBackward(x, dy, eps),
  };
}

function byRows(
  machine: Machine,
  name: 'normalize' | 'normalizeBackward',
  inputs: readonly Operand[],
  eps: number,
): Memory {
  const { heap, workspace, functions } = machine;
  const { outer, length } = aroundAxis(inputs[0].shape, inputs[0].shape.length - 1);
  const results = new Float32Array(outer * length);
  const rows = Math.min(outer, Math.max(1, Math.floor(CHUNK / Math.max(length, 1))));
  workspace.during(() => {
    const sources = inputs.map(valuesOf);
    const space = () => workspace.borrow(4 * rows * length + SLACK);
    const addresses = inputs.map(space);
    const to = space();
    const epsAt = workspace.borrow(4);
    heap.floats[epsAt / 4] = eps;
    for (let row = 0; row < outer; row += rows) {
      const count = Math.min(rows, outer - row);
      const [from, end] = [row * length, (row + count) * length];
      sources.forEach((values, i) => {
        heap.floats.set(values.subarray(from, end), addresses[i] / 4);
      });
      functions[name](...addresses, to, epsAt, length, count);
      results.set(heap.floats.subarray(to / 4, to / 4 + count * length), from);
    }
  });
  return hostMemory('float32', results);
}
