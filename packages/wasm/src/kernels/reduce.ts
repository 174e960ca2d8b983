import { aroundAxis, type Kernels, type Operand, sizeOf } from '@unroll/backend';
import type { Machine } from '../machine/machine.ts';
import { hostMemory, valuesOf } from '../memory/host-memory.ts';
import { SLACK } from './map-rows.ts';

/** Sum, greatest and least of floats; all else is the reference's. */
export function makeReduce(machine: Machine, reference: Kernels['reduce']): Kernels['reduce'] {
  return (kind, x, axis) => {
    const vectorised = kind === 'sum' || kind === 'max' || kind === 'min';
    if (!vectorised || x.dtype !== 'float32' || sizeOf(x.shape) < machine.thresholds.reduce) {
      return reference(kind, x, axis);
    }
    return hostMemory(
      'float32',
      machine.workspace.during(() => reduce(machine, kind, x, axis)),
    );
  };
}

function reduce(
  machine: Machine,
  kind: 'sum' | 'max' | 'min',
  x: Operand,
  axis: number,
): Float32Array {
  const { heap, workspace, functions } = machine;
  const { outer, length, inner } = aroundAxis(x.shape, axis);
  const values = valuesOf(x);
  const from = workspace.borrow(4 * values.length + SLACK);
  const to = workspace.borrow(4 * outer * inner + SLACK);
  heap.floats.set(values, from / 4);
  if (inner === 1) functions[`${kind}Rows`](from, to, length, outer);
  else {
    for (let o = 0; o < outer; o++) {
      functions[`${kind}Columns`](from + 4 * o * length * inner, to + 4 * o * inner, inner, length);
    }
  }
  return heap.floats.slice(to / 4, to / 4 + outer * inner);
}
