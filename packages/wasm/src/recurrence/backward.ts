import {
  AutogradError,
  allocate,
  cotangentName,
  derivativeOf,
  type Memory,
  type Program,
  type Ref,
  type ScanBackward,
  type ScanGradients,
  sourcesOf,
  type Value,
} from '@unroll/backend';
import { type Rows, tight } from '../job/job.ts';
import { bringCopy, bringZeros, floatsOf, takeOut } from '../machine/bring.ts';
import type { Machine } from '../machine/machine.ts';
import { hostMemory } from '../memory/host-memory.ts';
import type { Compilations } from './compile.ts';
import { Form, type Located } from './form.ts';
import { backwardOccasionOf, Forms } from './forms.ts';
import { type SavedRows, savingOf } from './forward.ts';
import { bringRows, bringSequence } from './given.ts';
import type { Surroundings } from './needs.ts';
import { capacityOf, columnsFor } from './prepare.ts';
import { type Run, rowsOf } from './run.ts';
import { sumsOf } from './sums.ts';
import { type Summed, Targets } from './targets.ts';

/** A backward call with what the forward run has kept. */
interface Call {
  readonly call: ScanBackward;
  readonly saved: SavedRows;
}

/** Runs derivatives over the same windows, the other way round; then the sums over all steps. */
export class BackwardRuns {
  readonly #machine: Machine;
  readonly #compilations: Compilations;
  readonly #forms = new Forms<BackwardForm>();

  constructor(machine: Machine, compilations: Compilations) {
    this.#machine = machine;
    this.#compilations = compilations;
  }

  run(call: ScanBackward, saved: SavedRows): ScanGradients {
    const { forward, wanted, watch } = call;
    const { batchSizes, reverse } = forward.schedule;
    const entries = sourcesOf(forward, batchSizes[0]);
    const form = this.#forms.get(forward.program, backwardOccasionOf(call, entries), () => {
      const program = derivativeOf(forward.program, wanted, watch, savingOf(forward));
      const kept = new Set(program.outputs.map(({ value }) => value));
      const compiled = this.#compilations.get(program, kept, entries, true);
      const schedule = { batchSizes, reverse: !reverse };
      const scanOf = ({ call }: Call) => call.forward;
      const around = { machine: this.#machine, compiled, schedule, entries, scanOf };
      return new BackwardForm(around, program, call);
    });
    return form.backward({ call, saved });
  }
}

/** Where the values lie that a derivative gives for every row. */
type EveryRow = (ref: Ref) => Rows;

/** Where the gradients lie after a run. */
interface Results {
  readonly run: Run;
  readonly everyRow: EveryRow;
  readonly addresses: readonly number[];
}

class BackwardForm extends Form<Call, Results> {
  /** The forward program. */
  readonly #forward: Program;
  /** The derivative. */
  readonly #program: Program;
  readonly #targets: Targets;

  constructor(around: Surroundings<Call>, derivative: Program, call: ScanBackward) {
    super(around);
    this.#program = derivative;
    this.#forward = call.forward.program;
    this.#addGiven();
    this.#addStates();
    this.needs.addBuffers(new Set());
    const { machine, entries } = around;
    this.#targets = new Targets(machine, entries, (bringIt) => this.needs.add(bringIt), call);
  }

  backward(given: Call): ScanGradients {
    const { run, everyRow, addresses } = this.run(given, noLease);
    const { wanted, watch } = given.call;
    const output = (name: string) => this.#output(everyRow, name);
    const sums = (kind: Summed) => (name: string) => this.#targets.read(addresses, kind, name);
    return {
      steps: named(wanted.steps, output),
      states: named(wanted.states, (name) => this.#state(run, given.call, name)),
      sequences: named(wanted.sequences, sums('sequence')),
      memories: named(wanted.memories, sums('memory')),
      parameters: named(wanted.parameters, sums('weight')),
      watched: named(watch, output),
    };
  }

  protected override locate(run: Run, addresses: readonly number[]): Located<Results> {
    const { states } = this.#program;
    const everyRow = (ref: Ref): Rows => {
      const state = states.findIndex(({ input }) => input === ref);
      const before = run.statesBefore[state];
      return before === undefined ? rowsOf(run, ref) : tight(before, states[state].size, true);
    };
    const targetOf = (kind: Summed, name: string) => this.#targets.address(addresses, kind, name);
    const { entries } = this.around;
    const found = { run, everyRow, addresses: addresses.slice(0, this.needs.count) };
    return { sums: sumsOf(run, targetOf, { everyRow, entries }), found };
  }

  #addGiven(): void {
    for (const [ref, value] of this.#program.values.entries()) {
      const bringIt = this.#bringGiven(value);
      if (bringIt) this.needs.addRows(ref, bringIt);
    }
  }

  /** What a value of the derivative is: the caller's, what was saved, or zeros. */
  #bringGiven(value: Value): ((given: Call) => number) | undefined {
    const { machine, entries, schedule } = this.around;
    const { total } = this.needs;
    const { size } = value;
    const columns = capacityOf(size, entries);
    if (value.kind === 'saved') {
      const of = this.#forward.values[value.of];
      if (of.kind !== 'step') return ({ saved }) => this.#bringSaved(saved, value.of, columns);
      return ({ call }) => bringRows(machine, call.forward.steps[of.name], size, entries);
    }
    if (value.kind === 'sequence') {
      const at = { entries, batchSizes: schedule.batchSizes };
      return ({ call }) => bringSequence(machine, call.forward.sequences[value.name], size, at);
    }
    if (value.kind !== 'step') return undefined;
    const output = this.#forward.outputs.find(
      ({ name }) => cotangentName.output(name) === value.name,
    );
    return ({ call }) => {
      const gradient = output && call.outputs[output.name];
      if (gradient) return bringRows(machine, gradient, size, entries);
      return bringZeros(machine, total * columns);
    };
  }

  /** Rows that the forward run has kept, without gaps: stages walk them so. */
  #bringSaved(saved: SavedRows, of: Ref, columns: number): number {
    const { machine } = this.around;
    const { total } = this.needs;
    const rows = saved.rows.get(of);
    if (!rows) {
      throw new AutogradError(this.#forward.name, `did not keep ${this.#forward.values[of].name}`);
    }
    if (rows.stride === 4 * columns) return rows.address;
    const copy = machine.workspace.borrow(4 * columns * total);
    machine.functions.copyColumns(total, rows.address, rows.stride, copy, 4 * columns, columns);
    return copy;
  }

  #addStates(): void {
    const { machine, compiled, schedule } = this.around;
    for (const [i, { size, input }] of this.#program.states.entries()) {
      const { name } = this.#forward.states[i];
      const bytes = 4 * size * this.needs.total;
      const isKept = compiled.plan.everyRow.has(input);
      this.needs.addState(
        ({ call }) => {
          const start = call.finalStates[name];
          if (start) return bringCopy(machine, start);
          return bringZeros(machine, schedule.batchSizes[0] * size);
        },
        isKept ? () => machine.workspace.borrow(bytes) : undefined,
      );
    }
  }

  /** The gradient of a value of the forward program. */
  #output(everyRow: EveryRow, name: string): Memory {
    const { machine, entries } = this.around;
    const { total } = this.needs;
    const found = this.#program.outputs.find((other) => other.name === cotangentName.value(name));
    const value = this.#forward.values.find((other) => other.name === name) as Value;
    const columns = columnsFor(value.size, entries);
    if (!found) return hostMemory('float32', allocate('float32', total * columns));
    return hostMemory('float32', takeOut(machine, everyRow(found.value), total, columns));
  }

  /** The gradient of an initial state. */
  #state(run: Run, call: ScanBackward, name: string): Memory {
    const { machine, schedule } = this.around;
    const [batch] = schedule.batchSizes;
    const i = this.#program.states.findIndex((other) => other.name === cotangentName.state(name));
    const size = this.#forward.states.find((other) => other.name === name)?.size as number;
    if (i < 0) return hostMemory('float32', startedAs(call, name, batch * size));
    const rows = tight(run.states[i], size, false);
    return hostMemory('float32', takeOut(machine, rows, batch, size));
  }
}

/** A derivative leaves nothing behind. */
const noLease = {
  take(): never {
    throw new TypeError('a backward run keeps nothing');
  },
  release() {},
};

function named(names: readonly string[], make: (name: string) => Memory): Record<string, Memory> {
  return Object.fromEntries(names.map((name) => [name, make(name)]));
}

/** The cotangent of a state that nothing changes on its way back. */
function startedAs(call: ScanBackward, name: string, length: number): Float32Array {
  const start = call.finalStates[name];
  return start ? floatsOf(start).slice() : allocate('float32', length);
}
