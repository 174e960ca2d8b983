import {
  AutogradError,
  allocate,
  cotangentName,
  derivativeOf,
  type Operand,
  type Ref,
  type ScanBackward,
  type ScanGradients,
  sizeOf,
  type Value,
} from '@unroll/backend';
import type { Machine } from '../machine/machine.ts';
import { type HostMemory, hostMemory } from '../memory/host-memory.ts';
import {
  bring,
  bringVectors,
  bringZeros,
  bufferRows,
  columnsOf,
  floatsOf,
  panelsOf,
  takeOut,
  tight,
  widthOf,
} from './bind.ts';
import type { Compilations } from './compile.ts';
import { type SavedRows, savingOf } from './forward.ts';
import { firstsOf, type Rows, type Run, rowsOf, runCompiled } from './run.ts';
import { addProduct } from './sums.ts';

/** Runs the derivative of a program over the same windows, the other way round; then the sums over all steps. */
export function backward(
  machine: Machine,
  compilations: Compilations,
  call: ScanBackward,
  saved: SavedRows,
): ScanGradients {
  const { forward, wanted, watch } = call;
  const program = derivativeOf(forward.program, wanted, watch, savingOf(forward));
  const kept = new Set(program.outputs.map(({ value }) => value));
  const compiled = compilations.get(program, kept, true);
  const { batchSizes, reverse } = forward.schedule;
  const total = batchSizes.reduce((a, b) => a + b, 0);
  const given = bringVectors(machine, program, forward.parameters);
  for (const [ref, value] of program.values.entries()) {
    const rows = givenRows(machine, call, saved, value, total);
    if (rows) given.set(ref, rows);
  }
  const states = program.states.map(({ size, input }, i) => {
    const start = call.finalStates[forward.program.states[i].name];
    const address = start
      ? bring(machine, floatsOf(start))
      : bringZeros(machine, batchSizes[0] * size);
    given.set(input, tight(address, size, false));
    return address;
  });
  const stateRows = program.states.map(({ size, input }) =>
    compiled.plan.everyRow.has(input) ? machine.workspace.borrow(4 * size * total) : undefined,
  );
  const rows = { batch: batchSizes[0], total };
  const run: Run = {
    machine,
    compiled,
    schedule: { batchSizes, reverse: !reverse },
    given,
    buffers: bufferRows(machine, compiled, rows, new Set(), []),
    states,
    statesBefore: stateRows,
    panels: panelsOf(machine, program, forward.parameters),
  };
  runCompiled(run);
  const everyRow = (ref: Ref): Rows => {
    const state = program.states.findIndex(({ input }) => input === ref);
    const address = stateRows[state];
    return address === undefined
      ? rowsOf(run, ref)
      : tight(address, program.states[state].size, true);
  };
  return gradientsOf(call, run, everyRow);
}

/** Where a given value of the derivative lies: at the caller's, in what was saved, or nowhere yet. */
function givenRows(
  machine: Machine,
  { forward, outputs }: ScanBackward,
  saved: SavedRows,
  value: Value,
  total: number,
): Rows | undefined {
  const columns = columnsOf(value);
  const tightly = (operand: Operand) => tight(bring(machine, floatsOf(operand)), columns, true);
  if (value.kind === 'saved') {
    const of = forward.program.values[value.of];
    if (of.kind === 'step') return tightly(forward.steps[of.name]);
    const rows = saved.rows.get(value.of);
    if (!rows) throw new AutogradError(forward.program.name, `did not keep ${of.name}`);
    return rows;
  }
  if (value.kind === 'sequence') {
    return tight(bring(machine, floatsOf(forward.sequences[value.name])), columns, false);
  }
  if (value.kind !== 'step') return undefined;
  const output = forward.program.outputs.find(
    ({ name }) => cotangentName.output(name) === value.name,
  );
  const gradient = output && outputs[output.name];
  return gradient ? tightly(gradient) : tight(bringZeros(machine, total * columns), columns, true);
}

function gradientsOf(call: ScanBackward, run: Run, everyRow: (ref: Ref) => Rows): ScanGradients {
  const { machine, compiled, states } = run;
  const { program } = compiled.plan;
  const { forward, wanted, watch } = call;
  const { batchSizes } = run.schedule;
  const [batch, total] = [batchSizes[0], batchSizes.reduce((a, b) => a + b, 0)];
  const named = (names: readonly string[], make: (name: string) => HostMemory) =>
    Object.fromEntries(names.map((name) => [name, make(name)]));
  const output = (name: string): HostMemory => {
    const found = program.outputs.find((other) => other.name === cotangentName.value(name));
    const value = forward.program.values.find((other) => other.name === name) as Value;
    const columns = columnsOf(value);
    if (!found) return hostMemory('float32', allocate('float32', total * columns));
    return hostMemory('float32', takeOut(machine, everyRow(found.value), total, columns));
  };
  const state = (name: string): HostMemory => {
    const i = program.states.findIndex((other) => other.name === cotangentName.state(name));
    const { size } = forward.program.states.find((other) => other.name === name) as {
      size: number;
    };
    if (i < 0) return hostMemory('float32', startedAs(call, name, batch * size));
    return hostMemory('float32', takeOut(machine, tight(states[i], size, false), batch, size));
  };
  const sums = sumsByName(call, run, everyRow);
  return {
    steps: named(wanted.steps, output),
    states: named(wanted.states, state),
    sequences: named(wanted.sequences, sums),
    memories: {},
    parameters: named(wanted.parameters, sums),
    watched: named(watch, output),
  };
}

/** The cotangent of a state that nothing changes on its way back. */
function startedAs(call: ScanBackward, name: string, length: number): Float32Array {
  const start = call.finalStates[name];
  return start ? floatsOf(start).slice() : allocate('float32', length);
}

/** Runs all sums and gives the gradient of any parameter or per-sequence value by its name. */
function sumsByName(
  call: ScanBackward,
  run: Run,
  everyRow: (ref: Ref) => Rows,
): (name: string) => HostMemory {
  const { machine, compiled } = run;
  const { program, sums } = compiled.plan;
  const { batchSizes } = run.schedule;
  const lengths = new Map<string, number>();
  for (const { name, shape } of call.forward.program.parameters) lengths.set(name, sizeOf(shape));
  for (const value of call.forward.program.values) {
    if (value.kind === 'sequence') lengths.set(value.name, batchSizes[0] * columnsOf(value));
  }
  const gradients = new Map<string, number>();
  const gradient = (name: string): number => {
    const address = gradients.get(name) ?? bringZeros(machine, lengths.get(name) ?? 0);
    gradients.set(name, address);
    return address;
  };
  for (const sum of sums) {
    const { parameter, rows, columns } = sum.matrix;
    const width = widthOf(program, parameter);
    const target = gradient(parameter) + 4 * (rows[0] * width + columns[0]);
    addProduct(
      machine,
      sum,
      everyRow,
      { address: target, stride: 4 * width, everyRow: false },
      batchSizes,
    );
  }
  const { addRows } = machine.functions;
  const firsts = firstsOf(batchSizes);
  for (const sum of program.sums) {
    if (sum.kind === 'columns') {
      const into = program.values[sum.into] as Extract<Value, { kind: 'weight' }>;
      const x = everyRow(sum.value);
      const target = gradient(into.parameter) + 4 * into.columns[0];
      addRows(target, 0, x.address, x.stride, columnsOf(into), firsts[batchSizes.length]);
    } else if (sum.kind === 'steps') {
      const into = program.values[sum.into];
      const x = everyRow(sum.value);
      const columns = columnsOf(into);
      for (const [t, living] of batchSizes.entries()) {
        const from = x.everyRow ? x.address + firsts[t] * x.stride : x.address;
        addRows(gradient(into.name), 4 * columns, from, x.stride, columns, living);
      }
    }
  }
  return (name) => {
    const address = gradient(name);
    return hostMemory(
      'float32',
      machine.heap.floats.slice(address / 4, address / 4 + (lengths.get(name) ?? 0)),
    );
  };
}
