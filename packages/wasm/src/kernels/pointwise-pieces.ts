import type { TypedArray } from '@unroll/backend';
import { look } from '../machine/bring.ts';
import type { Machine } from '../machine/machine.ts';
import { addressOf, valuesOf } from '../memory/host-memory.ts';
import type { Formulas } from './formulas.ts';
import type { Input, Output, PointwiseCall } from './pointwise-call.ts';

/** Elements that are brought to the machine at a time: a few operands then lie in the second cache. */
const CHUNK = 16_384;
/** Vector code may touch so many bytes beyond its data. */
const SLACK = 16;

/** Computes a formula a piece at a time, operands and results of which are brought to the machine and taken back. */
export function runInPieces(
  machine: Machine,
  formulas: Formulas,
  call: PointwiseCall,
  targets: readonly Output[],
): void {
  const { formula, output, runsOver, rows, n } = call;
  const inputs = call.inputs.map((x) => lying(machine, x));
  // What the last vector of a row runs into must not be read from there any more.
  const outputs = runsOver
    ? targets.map(({ values }) => ({ values, address: undefined }))
    : targets;
  const { pointwise: fn } = formulas.compile({
    formula,
    inputs: inputs.map((x) => x.lane),
    output,
  }).functions;
  // One row is cut into pieces, many are taken some at a time.
  const piece = rows === 1 ? Math.min(n, CHUNK) : n;
  const together = Math.min(rows, Math.max(1, Math.floor(CHUNK / n)));
  machine.workspace.during(() => {
    const chunk = new Chunk(machine, { inputs, outputs, rows, n }, piece, together);
    for (let row = 0; row < rows; row += together) {
      for (let column = 0; column < n; column += piece) {
        chunk.run(fn, row, Math.min(together, rows - row), column, Math.min(piece, n - column));
      }
    }
  });
}

/** An input and where it lies in the machine's memory; undefined where it must be brought. */
interface Lying extends Pick<Input, 'lane' | 'rowStride'> {
  readonly values: TypedArray;
  readonly address: number | undefined;
}

interface PiecesCall extends Pick<PointwiseCall, 'rows' | 'n'> {
  readonly inputs: readonly Lying[];
  readonly outputs: readonly Output[];
}

function lying(machine: Machine, { lane, operand, rowStride }: Input): Lying {
  const values = operand.dtype === 'bool' ? valuesOf(operand) : look(machine, operand);
  const address = addressOf(operand) ?? machine.results.addressOf(operand);
  return { lane, rowStride, values, address };
}

/** Where the machine finds a part of the operands, and its way there and back. */
class Chunk {
  readonly #machine: Machine;
  readonly #call: PiecesCall;
  readonly #inputs: readonly number[];
  readonly #outputs: readonly number[];
  readonly #args: number[];

  constructor(machine: Machine, call: PiecesCall, piece: number, together: number) {
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

  #bring(x: Lying, address: number, from: number, count: number): void {
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
function elementsOf(x: Lying, piece: number, together: number): number {
  if (x.lane === 'one') return x.rowStride === 0 ? 1 : together;
  return x.rowStride === 0 ? piece : piece * together;
}
