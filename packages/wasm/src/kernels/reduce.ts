import { aroundAxis, type Kernels, type Memory, type Operand, sizeOf } from '@unroll/backend';
import { reach, resultOf } from '../machine/bring.ts';
import type { Machine } from '../machine/machine.ts';

/** Sum, greatest and least of floats; all else is the reference's. */
export function makeReduce(machine: Machine, reference: Kernels['reduce']): Kernels['reduce'] {
  return (kind, x, axis) => {
    const vectorised = kind === 'sum' || kind === 'max' || kind === 'min';
    if (!vectorised || x.dtype !== 'float32' || sizeOf(x.shape) < machine.thresholds.reduce) {
      return reference(kind, x, axis);
    }
    return machine.workspace.during(() => reduce(machine, kind, x, axis));
  };
}

function reduce(machine: Machine, kind: 'sum' | 'max' | 'min', x: Operand, axis: number): Memory {
  const { functions } = machine;
  const { outer, length, inner } = aroundAxis(x.shape, axis);
  return resultOf(machine, outer * inner, (to) => {
    const from = reach(machine, x);
    if (inner === 1) functions[`${kind}Rows`](from, to, length, outer);
    else {
      const columns = functions[`${kind}Columns`];
      for (let o = 0; o < outer; o++) {
        columns(from + 4 * o * length * inner, to + 4 * o * inner, inner, length);
      }
    }
  });
}
