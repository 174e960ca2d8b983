import {
  allGradients,
  derivativeOf,
  type Memory,
  type Program,
  type Ref,
  type Scan,
  type ScanResult,
  sourcesOf,
  type WantedGradients,
} from '@unroll/backend';
import { type Rows, tight } from '../job/job.ts';
import { bringCopy, takeOut } from '../machine/bring.ts';
import type { Machine } from '../machine/machine.ts';
import { hostMemory } from '../memory/host-memory.ts';
import type { Lease } from '../memory/leases.ts';
import type { Compilations } from './compile.ts';
import { Form, type Located } from './form.ts';
import { Forms, occasionOf } from './forms.ts';
import { bringRows, bringSequence } from './given.ts';
import type { Surroundings } from './needs.ts';
import { columnsFor } from './prepare.ts';
import { type Run, rowsOf } from './run.ts';

/** What a forward run leaves for the backward run: rows by ref of the forward program, in leased memory. */
export class SavedRows {
  readonly rows: ReadonlyMap<Ref, Rows>;
  readonly #lease: Lease;
  #released = false;

  constructor(rows: ReadonlyMap<Ref, Rows>, lease: Lease) {
    this.rows = rows;
    this.#lease = lease;
  }

  get released(): boolean {
    return this.#released;
  }

  release(): void {
    this.#released = true;
    this.#lease.release();
  }
}

/** Runs programs forward over whole sequences. */
export class ForwardRuns {
  readonly #machine: Machine;
  readonly #compilations: Compilations;
  readonly #forms = new Forms<ForwardForm>();

  constructor(machine: Machine, compilations: Compilations) {
    this.#machine = machine;
    this.#compilations = compilations;
  }

  /** What is kept for the backward run is in `lease`, also when this throws. */
  run(call: Scan, lease: Lease): ScanResult {
    const entries = sourcesOf(call, call.schedule.batchSizes[0]);
    const form = this.#forms.get(call.program, occasionOf(call, entries), () => {
      const { program, schedule } = call;
      const watched = call.watch.map((name) => program.values.findIndex((v) => v.name === name));
      const saved = savedRefs(call);
      const outputs = program.outputs.map(({ value }) => value);
      const kept = new Set([...outputs, ...watched, ...saved]);
      const compiled = this.#compilations.get(program, kept, entries, false);
      const around = { machine: this.#machine, compiled, schedule, entries, scanOf: same };
      return new ForwardForm(around, call, { watched, saved, kept });
    });
    return form.forward(call, lease);
  }
}

const same = (call: Scan): Scan => call;

/** Values of a forward program that somebody wants. */
interface Wanted {
  readonly watched: readonly Ref[];
  readonly saved: ReadonlySet<Ref>;
  /** All that are wanted for every row. */
  readonly kept: ReadonlySet<Ref>;
}

/** Rows that are taken out of the machine's memory under a name. */
interface Taken {
  readonly name: string;
  readonly rows: Rows;
  readonly count: number;
  readonly columns: number;
}

interface Results {
  readonly outputs: readonly Taken[];
  readonly finalStates: readonly Taken[];
  readonly watched: readonly Taken[];
  readonly saved: ReadonlyMap<Ref, Rows>;
}

class ForwardForm extends Form<Scan, Results> {
  readonly #program: Program;
  readonly #watch: readonly string[];
  readonly #wanted: Wanted;

  constructor(around: Surroundings<Scan>, { program, watch }: Scan, wanted: Wanted) {
    super(around);
    this.#program = program;
    this.#watch = watch;
    this.#wanted = wanted;
    this.#addGiven();
    this.#addStates();
    this.needs.addBuffers(wanted.saved);
  }

  forward(call: Scan, lease: Lease): ScanResult {
    const { outputs, finalStates, watched, saved } = this.run(call, lease);
    return {
      outputs: this.#take(outputs),
      finalStates: this.#take(finalStates),
      watched: this.#take(watched),
      saved: call.save === false ? undefined : new SavedRows(saved, lease),
    };
  }

  protected override locate(run: Run): Located<Results> {
    const { entries, schedule } = this.around;
    const { total } = this.needs;
    const { states, values } = this.#program;
    const everyRow = (ref: Ref): Rows => {
      const state = states.findIndex(({ input }) => input === ref);
      const before = run.statesBefore[state];
      return before === undefined ? rowsOf(run, ref) : tight(before, states[state].size, true);
    };
    const taken = (name: string, ref: Ref): Taken => {
      const columns = columnsFor(values[ref].size, entries);
      return { name, rows: everyRow(ref), count: total, columns };
    };
    const { watched, saved } = this.#wanted;
    return {
      sums: [],
      found: {
        outputs: this.#program.outputs.map(({ name, value }) => taken(name, value)),
        finalStates: states.map(({ name, size }, i) => {
          const rows = tight(run.states[i], size, false);
          return { name, rows, count: schedule.batchSizes[0], columns: size };
        }),
        watched: this.#watch.map((name, i) => taken(name, watched[i])),
        saved: new Map([...saved].map((ref) => [ref, everyRow(ref)])),
      },
    };
  }

  #addGiven(): void {
    const { machine, schedule, entries } = this.around;
    const { batchSizes } = schedule;
    for (const [ref, { kind, name, size }] of this.#program.values.entries()) {
      if (kind === 'step') {
        this.needs.addRows(ref, (call) => bringRows(machine, call.steps[name], size, entries));
      } else if (kind === 'sequence') {
        this.needs.addRows(ref, (call) => {
          return bringSequence(machine, call.sequences[name], size, { entries, batchSizes });
        });
      }
    }
  }

  #addStates(): void {
    const { machine } = this.around;
    const { saved, kept } = this.#wanted;
    for (const { name, size, input } of this.#program.states) {
      const bytes = 4 * size * this.needs.total;
      const before = saved.has(input)
        ? (_: Scan, lease: Lease) => lease.take(bytes)
        : () => machine.workspace.borrow(bytes);
      this.needs.addState(
        (call) => bringCopy(machine, call.states[name]),
        kept.has(input) ? before : undefined,
      );
    }
  }

  #take(all: readonly Taken[]): Record<string, Memory> {
    const { machine } = this.around;
    const found: Record<string, Memory> = {};
    for (const { name, rows, count, columns } of all) {
      found[name] = hostMemory('float32', takeOut(machine, rows, count, columns));
    }
    return found;
  }
}

/** Which gradients the forward run was told of. */
export function savingOf({ program, save }: Scan): WantedGradients {
  return typeof save === 'boolean' ? allGradients(program) : save;
}

/** What the derivative will read beside what the caller has. */
function savedRefs(call: Scan): Set<Ref> {
  return call.save === false ? new Set() : savedFor(call.program, savingOf(call));
}

/** The same for some gradients. */
export function savedFor(program: Program, gradients: WantedGradients): Set<Ref> {
  const { values } = derivativeOf(program, gradients);
  return new Set(
    values.flatMap((value) =>
      value.kind === 'saved' && program.values[value.of].kind !== 'step' ? [value.of] : [],
    ),
  );
}
