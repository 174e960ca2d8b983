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
  bringPanels,
  bringVectors,
  bringZeros,
  bufferRows,
  columnsOf,
  floatsOf,
  takeOut,
  tight,
  widthOf,
} from './bind.ts';
import type { Compilations } from './compile.ts';
import { type SavedRows, savingOf } from './forward.ts';
import { firstsOf, type JobSum, type Rows } from './job.ts';
import { isSumNative, nativeProducts } from './native.ts';
import type { SumPlan } from './products.ts';
import { type Run, rowsOf, runCompiled } from './run.ts';

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
  const native = nativeProducts(machine, compiled.plan, batchSizes, forward.parameters);
  const run: Run = {
    machine,
    compiled,
    schedule: { batchSizes, reverse: !reverse },
    given,
    buffers: bufferRows(machine, compiled, rows),
    states,
    statesBefore: stateRows,
    native,
    panels: bringPanels(machine, compiled, forward.parameters, native),
  };
  const everyRow = (ref: Ref): Rows => {
    const state = program.states.findIndex(({ input }) => input === ref);
    const address = stateRows[state];
    return address === undefined
      ? rowsOf(run, ref)
      : tight(address, program.states[state].size, true);
  };
  const targets = new Targets(call, run);
  runCompiled(run, sumsOf(run, targets, everyRow));
  return gradientsOf(call, run, everyRow, targets);
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

function gradientsOf(
  call: ScanBackward,
  run: Run,
  everyRow: (ref: Ref) => Rows,
  targets: Targets,
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
  const sums = (name: string) => targets.read(name);
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

/** The gradients of parameters and per-sequence values, by name: zeros to which the sums are added. */
class Targets {
  readonly #machine: Machine;
  readonly #lengths = new Map<string, number>();
  readonly #addresses = new Map<string, number>();

  constructor({ forward: { program, schedule } }: ScanBackward, { machine }: Run) {
    this.#machine = machine;
    for (const { name, shape } of program.parameters) this.#lengths.set(name, sizeOf(shape));
    for (const value of program.values) {
      if (value.kind !== 'sequence') continue;
      this.#lengths.set(value.name, schedule.batchSizes[0] * columnsOf(value));
    }
  }

  address(name: string): number {
    const address =
      this.#addresses.get(name) ?? bringZeros(this.#machine, this.#lengths.get(name) ?? 0);
    this.#addresses.set(name, address);
    return address;
  }

  read(name: string): HostMemory {
    const start = this.address(name) / 4;
    const length = this.#lengths.get(name) ?? 0;
    return hostMemory('float32', this.#machine.heap.floats.slice(start, start + length));
  }
}

/** The sums over all steps with the addresses of what they read and write. */
function sumsOf(run: Run, targets: Targets, everyRow: (ref: Ref) => Rows): JobSum[] {
  const { program, sums } = run.compiled.plan;
  const { batchSizes } = run.schedule;
  const total = firstsOf(batchSizes)[batchSizes.length];
  const products = sums.map(({ left, rights, matrix }: SumPlan): JobSum => {
    const { parameter, rows, columns } = matrix;
    const width = widthOf(program, parameter);
    const product = {
      left: everyRow(left),
      right: everyRow(rights[0]),
      m: rows[1] - rows[0],
      n: columns[1] - columns[0],
    };
    return {
      kind: 'product',
      ...product,
      native: isSumNative(run.machine, product, total),
      column: columns[0],
      width,
      target: targets.address(parameter) + 4 * (rows[0] * width + columns[0]),
      stride: 4 * width,
    };
  });
  const others = program.sums.flatMap((sum): JobSum[] => {
    if (sum.kind !== 'columns' && sum.kind !== 'steps') return [];
    const into = program.values[sum.into];
    const [x, n] = [everyRow(sum.value), columnsOf(into)];
    if (into.kind !== 'weight') {
      return [{ kind: sum.kind, x, n, column: 0, width: n, target: targets.address(into.name) }];
    }
    const column = into.columns[0];
    const target = targets.address(into.parameter) + 4 * column;
    const width = widthOf(program, into.parameter);
    return [{ kind: sum.kind, x, n, column, width, target }];
  });
  return [...products, ...others];
}
