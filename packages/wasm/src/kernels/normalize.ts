import { aroundAxis, type FusedKernels, type Memory, type Operand } from '@unroll/backend';
import type { Machine } from '../machine/machine.ts';
import { hostMemory, valuesOf } from '../memory/host-memory.ts';
import { mapRows } from './map-rows.ts';

/** Elements that are brought to the machine at a time: inputs and output then lie in the second cache. */
const CHUNK = 16_384;

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
  const { outer: rows, length } = aroundAxis(inputs[0].shape, inputs[0].shape.length - 1);
  const values = inputs.map((x) => valuesOf(x) as Float32Array);
  const results = workspace.during(() => {
    const epsAt = workspace.borrow(4);
    heap.floats[epsAt / 4] = eps;
    return mapRows(machine, values, { rows, length, elements: CHUNK }, (from, to, _, count) =>
      functions[name](...from, to, epsAt, length, count),
    );
  });
  return hostMemory('float32', results);
}
