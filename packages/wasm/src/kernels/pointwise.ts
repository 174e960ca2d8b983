import {
  allocate,
  type DType,
  type FusedKernels,
  type Kernels,
  type Memory,
  type Operand,
  type Shape,
  sizeOf,
  type TypedArray,
} from '@unroll/backend';
import type { Machine } from '../machine/machine.ts';
import { type HostMemory, hostMemory, written } from '../memory/host-memory.ts';
import { Formulas } from './formulas.ts';
import { callOf, type Input, outputOf, type PointwiseCall } from './pointwise-call.ts';

/** Elements that are brought to the machine at a time: a few operands then lie in the second cache. */
const CHUNK = 16_384;
/** Vector code may touch so many bytes beyond its data. */
const SLACK = 16;

interface Pointwise {
  readonly pointwise: Kernels['pointwise'];
  readonly update: FusedKernels['update'];
}

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
      const size = sizeOf(shape);
      const outputs = formula.outputs.map(() => {
        const values = dtype === 'float32' ? machine.arrays.take(size) : allocate(dtype, size);
        return { values, address: undefined };
      });
      run(machine, formulas, callOf(formula, inputs, shape, outputs));
      return outputs.map(({ values }): Memory => hostMemory(dtype, values));
    },

    // Piece by piece: what is written lies where it was read, or where nothing is read.
    update(formula, inputs, targets) {
      const [{ shape, dtype }] = targets;
      if (!fits(inputs, shape, dtype)) reference.update(formula, inputs, targets);
      else {
        for (const { memory } of targets) machine.residents.welcome(memory as HostMemory);
        run(machine, formulas, callOf(formula, inputs, shape, targets.map(outputOf)));
      }
      targets.forEach(written);
    },
  };
}

function run(machine: Machine, formulas: Formulas, call: PointwiseCall): void {
  const { inputs, outputs, rows, n } = call;
  const output = outputs[0].values instanceof Uint8Array ? 'bools' : 'floats';
  const fn = formulas.compile({ formula: call.formula, inputs: inputs.map((x) => x.lane), output });
  // One row is cut into pieces, many are taken some at a time.
  const piece = rows === 1 ? Math.min(n, CHUNK) : n;
  const together = Math.min(rows, Math.max(1, Math.floor(CHUNK / n)));
  machine.workspace.during(() => {
    const chunk = new Chunk(machine, call, piece, together);
    for (let row = 0; row < rows; row += together) {
      for (let column = 0; column < n; column += piece) {
        chunk.run(fn, row, Math.min(together, rows - row), column, Math.min(piece, n - column));
      }
    }
  });
}

/** Where the machine finds a part of the operands, and its way there and back. */
class Chunk {
  readonly #machine: Machine;
  readonly #call: PointwiseCall;
  readonly #inputs: readonly number[];
  readonly #outputs: readonly number[];
  readonly #args: number[];

  constructor(machine: Machine, call: PointwiseCall, piece: number, together: number) {
    this.#machine = machine;
    this.#call = call;
    const { workspace } = machine;
    const space = (elements: number) => workspace.borrow(4 * elements + SLACK);
    this.#inputs = call.inputs.map((x) => {
      if (x.address !== undefined) return x.address;
      const address = space(elementsOf(x, piece, together));
      if (x.rowStride === 0 && (x.lane === 'one' || call.rows > 1)) {
        this.#bring(x, address, 0, x.lane === 'one' ? 1 : piece);
      }
      return address;
    });
    this.#outputs = call.outputs.map((x) => x.address ?? space(piece * together));
    this.#args = new Array<number>(2 + 2 * (this.#inputs.length + this.#outputs.length));
  }

  run(fn: (...args: number[]) => void, row: number, rows: number, column: number, n: number): void {
    const { inputs, outputs, n: width } = this.#call;
    const args = this.#args;
    args[0] = n;
    args[1] = rows;
    let at = 2;
    inputs.forEach((x, i) => {
      const address = this.#inputs[i];
      if (x.address !== undefined) {
        const isFixed = x.lane === 'one' && x.rowStride === 0;
        args[at++] = isFixed ? address : address + 4 * (row * x.rowStride + column);
        args[at++] = 4 * x.rowStride;
        return;
      }
      if (x.lane === 'one' ? x.rowStride > 0 : x.rowStride > 0 || this.#call.rows === 1) {
        const count = x.lane === 'one' ? rows : n * rows;
        this.#bring(x, address, row * x.rowStride + column, count);
      }
      args[at++] = address;
      args[at++] = (x.lane === 'bools' ? 1 : 4) * x.rowStride;
    });
    const isBool = outputs[0].values instanceof Uint8Array;
    outputs.forEach(({ address }, i) => {
      args[at++] = address === undefined ? this.#outputs[i] : address + 4 * column;
      args[at++] = (isBool ? 1 : 4) * n;
    });
    fn(...args);
    outputs.forEach(({ values, address }, i) => {
      if (address !== undefined) return;
      this.#take(values, this.#outputs[i], row * width + column, n * rows);
    });
  }

  #bring(x: Input, address: number, from: number, count: number): void {
    const { heap } = this.#machine;
    const whole = from === 0 && count === x.values.length;
    const values = whole ? x.values : x.values.subarray(from, from + count);
    if (x.lane === 'bools') heap.bytes.set(values, address);
    else heap.floats.set(values, address / 4);
  }

  #take(values: TypedArray, address: number, at: number, count: number): void {
    const { bytes, floats } = this.#machine.heap;
    const source = values instanceof Uint8Array ? bytes : floats;
    const from = values instanceof Uint8Array ? address : address / 4;
    values.set(source.subarray(from, from + count), at);
  }
}

/** Elements of an input that lie in the machine's memory at a time. */
function elementsOf(x: Input, piece: number, together: number): number {
  if (x.lane === 'one') return x.rowStride === 0 ? 1 : together;
  return x.rowStride === 0 ? piece : piece * together;
}
