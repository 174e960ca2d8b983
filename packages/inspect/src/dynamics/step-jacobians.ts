import {
  gradWhereUsed,
  indexSelect,
  mul,
  type ScanCall,
  scan,
  sum,
  type Tensor,
  type Tensors,
  tensor,
} from '@unroll/tensor';
import { readRows } from '../trace/rows.ts';
import type { TracedLayer } from '../trace/traced-layer.ts';
import type { Matrix } from './matrix.ts';
import { SequenceJacobians } from './sequence-jacobians.ts';

/** Rows of one backward run: enough to be quick, few enough to fit. */
const mostRows = 4096;

/** What {@link stepJacobians} gives. */
export interface StepJacobians {
  /** The name of the traced layer. */
  readonly layer: string;
  /** What is carried, side by side in this order in every matrix, with its columns: `{ h: 3, c: 3 }`. */
  readonly states: Readonly<Record<string, number>>;
  /** Of each sequence, in the user's order. */
  readonly sequences: readonly SequenceJacobians[];
}

/**
 * The Jacobian ∂s_t/∂s_{t−1} of every step of a traced layer, exactly: by the derivative of the cell's program, in float64.
 * s is all that is carried, `h` or `h` and `c` side by side. Their product is what the chain rule of BPTT multiplies
 * (deck 1 of the lectures; Bengio et al. 1994):
 *
 *     ∂C_t/∂a_1 = ∂C_t/∂y_t · ∂y_t/∂a_t · ∂a_t/∂a_{t−1} ⋯ ∂a_2/∂a_1
 *
 * It costs one backward run of the cell for each unit, all steps and sequences at once.
 *
 * @example
 * const rnn = new RNN({ inputSize: 2, hiddenSize: 3 });
 * const { sequences } = await stepJacobians(trace(rnn, ones([1, 10, 2])).layers[0]);
 * console.log(sequences[0].steps.length, sequences[0].productNorms.length); // 10 10
 */
export async function stepJacobians(layer: TracedLayer): Promise<StepJacobians> {
  const { program, run } = layer;
  const given = await inFloat64(layer);
  const sizes = program.states.map(({ size }) => size);
  const total = sizes.reduce((a, b) => a + b, 0);
  const rows = run.input.rows.shape[0];
  const together = Math.max(1, Math.floor(mostRows / total));
  const matrices: Matrix[] = [];
  for (let from = 0; from < rows; from += together) {
    matrices.push(...jacobiansOf(layer, given, from, Math.min(together, rows - from), total));
  }
  const arriving = layer.arriving && (await readRows(layer.arriving));
  return {
    layer: layer.name,
    states: Object.fromEntries(program.states.map(({ name, size }) => [name, size])),
    sequences: run.input.lengths.map((length, sequence) => {
      const times = Array.from({ length }, (_, t) => t);
      if (layer.direction === 'backward') times.reverse();
      return new SequenceJacobians(
        times,
        times.map((t) => matrices[run.input.rowOf(sequence, t)]),
        program.states.map(({ name, size }) => ({ name, size })),
        arriving && times.map((t) => arriving[sequence][t]),
      );
    }),
  };
}

/** What one step reads, rows of all steps below each other. */
type Given = Pick<Required<ScanCall>, 'steps' | 'states' | 'sequences' | 'parameters'>;

async function inFloat64({ run, before }: TracedLayer): Promise<Given> {
  const { steps, sequences = {}, parameters } = run.call;
  const states = Object.fromEntries(Object.entries(before).map(([name, x]) => [name, x.rows]));
  return {
    steps: await allFloat64(steps),
    states: await allFloat64(states),
    sequences: await allFloat64(sequences),
    parameters: await allFloat64(parameters),
  };
}

async function allFloat64(tensors: Tensors): Promise<Tensors> {
  const read = Object.entries(tensors).map(async ([name, x]) => {
    const values = Float64Array.from(await x.data());
    return [name, tensor(values, { shape: x.shape })] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

/** The matrices of some rows: each row stands there once for each unit whose gradient is taken. */
function jacobiansOf(
  { program, run }: TracedLayer,
  given: Given,
  from: number,
  count: number,
  total: number,
): Matrix[] {
  const rowOf = Int32Array.from({ length: count * total }, (_, i) => from + Math.floor(i / total));
  const places = placesOf(run.call.schedule.batchSizes);
  const sequenceOf = rowOf.map((row) => places[row]);
  const pick = (tensors: Tensors, ids: Int32Array) =>
    mapTensors(tensors, (x) => indexSelect(x, tensor(ids, { shape: [ids.length] })));
  const states = pick(given.states, rowOf);
  for (const x of Object.values(states)) x.requiresGrad = true;
  const { finalStates } = scan({
    program,
    schedule: { batchSizes: [rowOf.length], reverse: false },
    steps: pick(given.steps, rowOf),
    states,
    sequences: pick(given.sequences, sequenceOf),
    parameters: given.parameters,
  });
  const names = program.states.map(({ name }) => name);
  const chosen = unitsOf(names, finalStates, total);
  const gradients = gradWhereUsed(
    chosen,
    names.map((name) => states[name]),
  );
  const columns = gradients.map((gradient, i) => ({
    values: gradient?.dataSync(),
    size: program.states[i].size,
  }));
  return Array.from({ length: count }, (_, row) =>
    Array.from({ length: total }, (_, unit) =>
      columns.flatMap(({ values, size }) => {
        const at = (row * total + unit) * size;
        return values
          ? Array.from(values.subarray(at, at + size), Number)
          : new Array(size).fill(0);
      }),
    ),
  );
}

/** The sum of unit k mod total of each row k: its gradient is one row of the Jacobian per row. */
function unitsOf(names: readonly string[], states: Tensors, total: number): Tensor {
  let first = 0;
  const sums = names.map((name) => {
    const x = states[name];
    const [rows, size] = x.shape;
    const ones = new Float64Array(rows * size);
    for (let row = 0; row < rows; row++) {
      const unit = (row % total) - first;
      if (unit >= 0 && unit < size) ones[row * size + unit] = 1;
    }
    first += size;
    return sum(mul(x, tensor(ones, { shape: x.shape })));
  });
  return sums.reduce((a, b) => a.add(b));
}

/** The place in the batch of each row. */
function placesOf(batchSizes: readonly number[]): number[] {
  return batchSizes.flatMap((living) => Array.from({ length: living }, (_, i) => i));
}

function mapTensors(tensors: Tensors, fn: (x: Tensor) => Tensor): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, fn(x)]));
}
