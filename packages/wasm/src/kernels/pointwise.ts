import {
  allocate,
  type DType,
  type FusedKernels,
  type Kernels,
  type Operand,
  type Shape,
  sizeOf,
} from '@unroll/backend';
import { resultsOf } from '../machine/bring.ts';
import type { Machine } from '../machine/machine.ts';
import { type HostMemory, hostMemory, written } from '../memory/host-memory.ts';
import { Formulas } from './formulas.ts';
import { callOf, outputOf } from './pointwise-call.ts';
import { runInPieces } from './pointwise-pieces.ts';
import { runWhole } from './pointwise-whole.ts';

interface Pointwise {
  readonly pointwise: Kernels['pointwise'];
  readonly update: FusedKernels['update'];
}

/** Elements of a result from which on it is computed where its operands lie. */
const WHOLE = 8192;

/** Formulas of floats and bools; whole numbers and doubles are the reference's. */
export function makePointwise(machine: Machine, reference: Pointwise): Pointwise {
  const formulas = new Formulas(machine);
  const fits = (inputs: readonly Operand[], shape: Shape, dtype: DType) => {
    const dtypes = [dtype, ...inputs.map((x) => x.dtype)];
    const isNarrow = dtypes.every((x) => x === 'float32' || x === 'bool');
    return isNarrow && dtypes.includes('float32') && sizeOf(shape) >= machine.thresholds.pointwise;
  };
  return {
    pointwise(formula, inputs, shape, dtype) {
      if (!fits(inputs, shape, dtype)) return reference.pointwise(formula, inputs, shape, dtype);
      const call = callOf(formula, inputs, shape, dtype);
      const size = sizeOf(shape);
      if (dtype === 'float32' && size >= WHOLE) {
        const lengths = formula.outputs.map(() => size);
        return machine.workspace.during(() =>
          resultsOf(machine, lengths, (to) => runWhole(machine, formulas, call, to)),
        );
      }
      const outputs = formula.outputs.map(() => {
        const values = dtype === 'float32' ? machine.arrays.take(size) : allocate(dtype, size);
        return { values, address: undefined };
      });
      runInPieces(machine, formulas, call, outputs);
      return outputs.map(({ values }) => hostMemory(dtype, values));
    },

    // Piece by piece: what is written lies where it was read, or where nothing is read.
    update(formula, inputs, targets) {
      const [{ shape, dtype }] = targets;
      if (!fits(inputs, shape, dtype)) reference.update(formula, inputs, targets);
      else {
        for (const { memory } of targets) {
          (memory as HostMemory).leave?.();
          machine.residents.welcome(memory as HostMemory);
        }
        const call = callOf(formula, inputs, shape, dtype);
        runInPieces(machine, formulas, call, targets.map(outputOf));
      }
      targets.forEach(written);
    },
  };
}
