import { checkedIds, type FusedKernels, type Memory, type Operand } from '@unroll/backend';
import { reach, resultOf } from '../machine/bring.ts';
import type { Machine } from '../machine/machine.ts';
import { hostMemory, valuesOf } from '../memory/host-memory.ts';

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
      return machine.workspace.during(() => slopes(machine, x, chosen, dy, ignoreIndex));
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
  const result = new Float32Array(chosen.length);
  const from = reach(machine, x);
  const masses = workspace.borrow(8 * chosen.length);
  functions.logMass(from, masses, classes, chosen.length);
  const { floats } = heap;
  for (let i = 0; i < chosen.length; i++) {
    const id = chosen[i];
    if (id === ignoreIndex) continue;
    const [peak, logMass] = [floats[masses / 4 + 2 * i], floats[masses / 4 + 2 * i + 1]];
    result[i] = logMass - (floats[from / 4 + i * classes + id] - peak);
  }
  return result;
}

/** softmax(x)·slope for each row, and the slope subtracted where the id is. */
function slopes(
  machine: Machine,
  x: Operand,
  chosen: Int32Array,
  dy: Operand,
  ignoreIndex: number,
): Memory {
  const { heap, functions } = machine;
  const [rows, classes] = x.shape;
  const dys = valuesOf(dy);
  return resultOf(machine, rows * classes, (to) => {
    const [from, factors] = [reach(machine, x), reach(machine, dy)];
    functions.scaledSoftmax(from, factors, to, classes, rows);
    const { floats } = heap;
    for (let row = 0; row < rows; row++) {
      const start = to / 4 + row * classes;
      if (chosen[row] === ignoreIndex) floats.fill(0, start, start + classes);
      else floats[start + chosen[row]] -= dys[row];
    }
  });
}
