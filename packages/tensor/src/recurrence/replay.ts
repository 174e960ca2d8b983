import type { Program, Value } from '@unroll/backend';
import { composedGradients } from '../autograd/composed-gradients.ts';
import { labelled } from '../autograd/label.ts';
import { isAnomalyEnabled } from '../autograd/mode.ts';
import type { Tensor } from '../core/tensor.ts';
import { concat } from '../operations/join.ts';
import { slice } from '../operations/slice.ts';
import type { FullCall, ScanInput } from './call.ts';
import { evaluate } from './evaluate.ts';

/** The results of a replay, in the order of the tape: outputs, then final states. */
type Made = Tensor[];

/**
 * Runs a program step by step through ordinary operations: slower, but each of them can be differentiated again and
 * names itself in the anomaly mode.
 */
export function replay(call: FullCall): Made {
  const { program, schedule } = call;
  const { batchSizes } = schedule;
  const starts = batchSizes.map((_, t) => batchSizes.slice(0, t).reduce((a, b) => a + b, 0));
  const order = batchSizes.map((_, t) => t);
  if (schedule.reverse) order.reverse();
  const states = new Map(program.states.map((state) => [state.name, call.states[state.name]]));
  const outputs = program.outputs.map(() => new Array<Tensor>(order.length));
  for (const t of order) {
    const values = runStep(call, t, starts[t], batchSizes[t], states);
    for (const [i, output] of program.outputs.entries()) outputs[i][t] = values[output.value];
    for (const state of program.states) {
      const before = states.get(state.name) as Tensor;
      states.set(state.name, carry(before, values[state.next], batchSizes[t]));
    }
  }
  return [
    ...outputs.map((rows) => concat(rows, { axis: 0 })),
    ...program.states.map((state) => states.get(state.name) as Tensor),
  ];
}

/** The living rows take the new state, the others keep theirs. */
function carry(before: Tensor, next: Tensor, living: number): Tensor {
  const batch = before.shape[0];
  if (living === batch) return next;
  return concat([next, slice(before, { axis: 0, from: living, to: batch })], { axis: 0 });
}

function runStep(
  call: FullCall,
  t: number,
  start: number,
  living: number,
  states: ReadonlyMap<string, Tensor>,
): Tensor[] {
  const values: Tensor[] = [];
  for (const value of call.program.values) {
    const place = `value ${value.name} of ${call.program.name} at step ${t}`;
    const compute = () =>
      source(call, value, start, living, states) ?? evaluate(call, value, values, living);
    values.push(isAnomalyEnabled() ? labelled(place, compute) : compute());
  }
  return values;
}

/** A value that comes from outside, cut to the living rows; undefined for one that is computed. */
function source(
  call: FullCall,
  value: Program['values'][number],
  start: number,
  living: number,
  states: ReadonlyMap<string, Tensor>,
): Tensor | undefined {
  switch (value.kind) {
    case 'step':
      return slice(call.steps[value.name], { axis: 0, from: start, to: start + living });
    case 'state':
      return head(states.get(stateOf(call.program, value)) as Tensor, living);
    case 'sequence':
      return head(call.sequences[value.name], living);
    case 'memory':
      return head(call.memories[value.name], living);
    case 'weight':
      return window(call, value);
    default:
      return undefined;
  }
}

function stateOf(program: Program, value: Value): string {
  return program.states.find((state) => program.values[state.input] === value)?.name as string;
}

function head(x: Tensor, rows: number): Tensor {
  return rows === x.shape[0] ? x : slice(x, { axis: 0, from: 0, to: rows });
}

function window(call: FullCall, value: Extract<Value, { kind: 'weight' }>): Tensor {
  let out = call.parameters[value.parameter];
  if (value.rows) out = slice(out, { axis: 0, from: value.rows[0], to: value.rows[1] });
  return slice(out, { axis: out.rank - 1, from: value.columns[0], to: value.columns[1] });
}

/** Gradients of a scan's inputs by differentiating its replay; recorded, if recording is on. */
export function replayGradients(
  call: FullCall,
  inputs: readonly ScanInput[],
  gradients: readonly (Tensor | undefined)[],
  needs: readonly boolean[],
): (Tensor | undefined)[] {
  return composedGradients(
    (tensors) => replay(withInputs(call, inputs, tensors)),
    inputs.map(({ tensor }) => tensor),
    gradients,
    needs,
  );
}

function withInputs(
  call: FullCall,
  inputs: readonly ScanInput[],
  tensors: readonly Tensor[],
): FullCall {
  const out = { ...call };
  for (const kind of ['steps', 'states', 'sequences', 'memories', 'parameters'] as const) {
    out[kind] = Object.fromEntries(
      inputs.flatMap((input, i) => (input.kind === kind ? [[input.name, tensors[i]]] : [])),
    );
  }
  return out;
}
