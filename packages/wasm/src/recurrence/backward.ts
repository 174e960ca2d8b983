import {
  AutogradError,
  allocate,
  cotangentName,
  derivativeOf,
  type Operand,
  type Ref,
  type ScanBackward,
  type ScanGradients,
  sourcesOf,
  type Value,
} from '@unroll/backend';
import type { Machine } from '../machine/machine.ts';
import { type HostMemory, hostMemory } from '../memory/host-memory.ts';
import {
  bring,
  bringPanels,
  bringVectors,
  bringZeros,
  bufferRows,
  floatsOf,
  takeOut,
  tight,
} from './bind.ts';
import type { Compilations } from './compile.ts';
import { type SavedRows, savingOf } from './forward.ts';
import { bringLengths, bringMemories, bringRows, bringSequence } from './given.ts';
import type { Rows } from './job.ts';
import { nativeProducts } from './native.ts';
import { capacityOf, columnsFor, type SourceEntries } from './prepare.ts';
import { type Run, rowsOf, runCompiled } from './run.ts';
import { type Summed, sumsOf, Targets } from './sums.ts';

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
  const { batchSizes, reverse } = forward.schedule;
  const total = batchSizes.reduce((a, b) => a + b, 0);
  const entries = sourcesOf(forward, batchSizes[0]);
  const compiled = compilations.get(program, kept, entries, true);
  const given = new Map([
    ...bringVectors(machine, program, forward.parameters),
    ...bringMemories(machine, program, forward.memories),
  ]);
  const giving: Giving = { machine, call, saved, total, entries };
  for (const [ref, value] of program.values.entries()) {
    const rows = givenRows(giving, value);
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
  const native = nativeProducts(machine, compiled.plan, batchSizes, forward.parameters);
  const run: Run = {
    machine,
    compiled,
    schedule: { batchSizes, reverse: !reverse },
    given,
    buffers: bufferRows(machine, compiled, rows),
    lengths: bringLengths(machine, forward),
    states,
    statesBefore: stateRows,
    native,
    panels: bringPanels(machine, compiled, forward.parameters, native),
  };
  const everyRow = (ref: Ref): Rows => {
    const state = program.states.findIndex(({ input }) => input === ref);
    const address = stateRows[state];
    if (address !== undefined) return tight(address, program.states[state].size, true);
    return rowsOf(run, ref);
  };
  const targets = new Targets(call, run, entries);
  runCompiled(run, sumsOf(run, targets, { everyRow, entries }));
  return gradientsOf(call, run, { everyRow, targets, entries });
}

interface Giving {
  readonly machine: Machine;
  readonly call: ScanBackward;
  readonly saved: SavedRows;
  readonly total: number;
  readonly entries: SourceEntries;
}

/** Where a given value of the derivative lies: at the caller's, in what was saved, or nowhere yet. */
function givenRows(giving: Giving, value: Value): Rows | undefined {
  const { machine, total, entries } = giving;
  const { forward, outputs } = giving.call;
  const columns = capacityOf(value.size, entries);
  const tightly = (operand: Operand) => bringRows(machine, operand, value.size, entries);
  if (value.kind === 'saved') {
    const of = forward.program.values[value.of];
    return of.kind === 'step'
      ? tightly(forward.steps[of.name])
      : savedRows(giving, value.of, columns);
  }
  if (value.kind === 'sequence') {
    const { batchSizes } = forward.schedule;
    const operand = forward.sequences[value.name];
    return bringSequence(machine, operand, value.size, { entries, batchSizes });
  }
  if (value.kind !== 'step') return undefined;
  const output = forward.program.outputs.find(
    ({ name }) => cotangentName.output(name) === value.name,
  );
  const gradient = output && outputs[output.name];
  return gradient ? tightly(gradient) : tight(bringZeros(machine, total * columns), columns, true);
}

/** Rows that the forward run has kept, without gaps: stages walk them so. */
function savedRows({ machine, call, saved, total }: Giving, of: Ref, columns: number): Rows {
  const { program } = call.forward;
  const rows = saved.rows.get(of);
  if (!rows) throw new AutogradError(program.name, `did not keep ${program.values[of].name}`);
  if (rows.stride === 4 * columns) return rows;
  const copy = tight(machine.workspace.borrow(4 * columns * total), columns, true);
  const { copyColumns } = machine.functions;
  copyColumns(total, rows.address, rows.stride, copy.address, copy.stride, columns);
  return copy;
}

interface Found {
  readonly everyRow: (ref: Ref) => Rows;
  readonly targets: Targets;
  readonly entries: SourceEntries;
}

function gradientsOf(
  call: ScanBackward,
  run: Run,
  { everyRow, targets, entries }: Found,
): ScanGradients {
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
    const columns = columnsFor(value.size, entries);
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
  const sums = (kind: Summed) => (name: string) => targets.read(kind, name);
  return {
    steps: named(wanted.steps, output),
    states: named(wanted.states, state),
    sequences: named(wanted.sequences, sums('sequence')),
    memories: named(wanted.memories, sums('memory')),
    parameters: named(wanted.parameters, sums('weight')),
    watched: named(watch, output),
  };
}

/** The cotangent of a state that nothing changes on its way back. */
function startedAs(call: ScanBackward, name: string, length: number): Float32Array {
  const start = call.finalStates[name];
  return start ? floatsOf(start).slice() : allocate('float32', length);
}
