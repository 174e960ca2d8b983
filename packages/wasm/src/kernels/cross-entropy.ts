import { checkedIds, type FusedKernels, type Operand } from '@unroll/backend';
import type { Machine } from '../machine/machine.ts';
import { hostMemory, valuesOf } from '../memory/host-memory.ts';
import { mapRows, rowsAtOnce, SLACK } from './map-rows.ts';

/** Elements that are brought to the machine at a time: input and output then lie in the second cache. */
const CHUNK = 16_384;

type CrossEntropy = Pick<FusedKernels, 'crossEntropy' | 'crossEntropyBackward'>;

/** Cross-entropy of float logits: exponents and sums on the machine, the one number per row beside them here. */
export function makeCrossEntropy(machine: Machine, reference: CrossEntropy): CrossEntropy {
  return {
    crossEntropy(x, ids, ignoreIndex) {
      if (x.dtype !== 'float32') return reference.crossEntropy(x, ids, ignoreIndex);
      const chosen = checkedIds('crossEntropy', ids, x.shape[1], ignoreIndex);
      return hostMemory(
        'float32',
        machine.workspace.during(() => losses(machine, x, chosen, ignoreIndex)),
      );
    },

    crossEntropyBackward(x, ids, dy, ignoreIndex) {
      if (x.dtype !== 'float32') return reference.crossEntropyBackward(x, ids, dy, ignoreIndex);
      const chosen = checkedIds('crossEntropy', ids, x.shape[1], ignoreIndex);
      const slopes = valuesOf(dy) as Float32Array;
      const dx = machine.workspace.during(() => slopedSoftmax(machine, x, slopes));
      const classes = x.shape[1];
      for (let row = 0; row < chosen.length; row++) {
        const from = row * classes;
        if (chosen[row] === ignoreIndex) dx.fill(0, from, from + classes);
        else dx[from + chosen[row]] -= slopes[row];
      }
      return hostMemory('float32', dx);
    },
  };
}

function losses(
  machine: Machine,
  x: Operand,
  chosen: Int32Array,
  ignoreIndex: number,
): Float32Array {
  const { heap, workspace, functions } = machine;
  const classes = x.shape[1];
  const values = valuesOf(x) as Float32Array;
  const result = new Float32Array(chosen.length);
  const together = rowsAtOnce(chosen.length, classes, CHUNK);
  const from = workspace.borrow(4 * together * classes + SLACK);
  const masses = workspace.borrow(8 * together);
  for (let first = 0; first < chosen.length; first += together) {
    const count = Math.min(together, chosen.length - first);
    heap.floats.set(values.subarray(first * classes, (first + count) * classes), from / 4);
    functions.logMass(from, masses, classes, count);
    const { floats } = heap;
    for (let i = 0; i < count; i++) {
      const id = chosen[first + i];
      if (id === ignoreIndex) continue;
      const [peak, logMass] = [floats[masses / 4 + 2 * i], floats[masses / 4 + 2 * i + 1]];
      result[first + i] = logMass - (values[(first + i) * classes + id] - peak);
    }
  }
  return result;
}

/** softmax(x)·slope for each row. */
function slopedSoftmax(machine: Machine, x: Operand, slopes: Float32Array): Float32Array {
  const { heap, workspace, functions } = machine;
  const [rows, length] = x.shape;
  const factors = workspace.borrow(4 * rowsAtOnce(rows, length, CHUNK));
  const inputs = [valuesOf(x) as Float32Array];
  const size = { rows, length, elements: CHUNK };
  return mapRows(machine, inputs, size, ([from], to, first, count) => {
    heap.floats.set(slopes.subarray(first, first + count), factors / 4);
    functions.scaledSoftmax(from, factors, to, length, count);
  });
}
