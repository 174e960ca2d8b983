import type { FusedKernels, Memory, Operand } from '@unroll/backend';
import type { Machine } from '../machine/machine.ts';
import { mapRows } from './map-rows.ts';

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
  const { heap, workspace } = machine;
  const length = inputs[0].shape.at(-1) as number;
  return workspace.during(() => {
    const epsAt = workspace.borrow(4);
    heap.floats[epsAt / 4] = eps;
    return mapRows(machine, inputs, (from, to, _, count) => {
      return { name, args: [...from, to, epsAt, length, count] };
    });
  });
}
