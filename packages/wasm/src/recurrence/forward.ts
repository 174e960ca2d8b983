import {
  allGradients,
  derivativeOf,
  type Program,
  type Ref,
  type Scan,
  type ScanResult,
  sourcesOf,
  type WantedGradients,
} from '@unroll/backend';
import type { Machine } from '../machine/machine.ts';
import { hostMemory } from '../memory/host-memory.ts';
import type { Lease } from '../memory/leases.ts';
import { bring, bringPanels, bringVectors, bufferRows, floatsOf, takeOut, tight } from './bind.ts';
import type { Compilations } from './compile.ts';
import { bringLengths, bringMemories, bringRows, bringSequence } from './given.ts';
import type { Rows } from './job.ts';
import { nativeProducts } from './native.ts';
import { columnsFor } from './prepare.ts';
import { type Run, rowsOf, runCompiled } from './run.ts';

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

/** Runs a program forward over whole sequences. What it keeps for the backward run is in `lease`, also when it throws. */
export function forward(
  machine: Machine,
  compilations: Compilations,
  call: Scan,
  lease: Lease,
): ScanResult {
  const { program, schedule } = call;
  const batch = schedule.batchSizes[0];
  const total = schedule.batchSizes.reduce((a, b) => a + b, 0);
  const watched = call.watch.map((name) => program.values.findIndex((v) => v.name === name));
  const saved = savedRefs(call);
  const outputs = program.outputs.map(({ value }) => value);
  const kept = new Set([...outputs, ...watched, ...saved]);
  const entries = sourcesOf(call, batch);
  const compiled = compilations.get(program, kept, entries, false);
  const given = new Map([
    ...bringVectors(machine, program, call.parameters),
    ...bringMemories(machine, program, call.memories),
  ]);
  for (const [ref, value] of program.values.entries()) {
    const { kind, name, size } = value;
    if (kind === 'step') given.set(ref, bringRows(machine, call.steps[name], size, entries));
    else if (kind === 'sequence') {
      const { batchSizes } = schedule;
      given.set(ref, bringSequence(machine, call.sequences[name], size, { entries, batchSizes }));
    }
  }
  const states = program.states.map(({ name, size, input }) => {
    const address = bring(machine, floatsOf(call.states[name]));
    given.set(input, tight(address, size, false));
    return address;
  });
  const before = program.states.map(({ size, input }) => {
    if (!kept.has(input)) return undefined;
    const bytes = 4 * size * total;
    return saved.has(input) ? lease.take(bytes) : machine.workspace.borrow(bytes);
  });
  const native = nativeProducts(machine, compiled.plan, schedule.batchSizes, call.parameters);
  const run: Run = {
    machine,
    compiled,
    schedule,
    given,
    buffers: bufferRows(machine, compiled, { batch, total }, { saved, lease }),
    lengths: bringLengths(machine, call),
    states,
    statesBefore: before,
    native,
    panels: bringPanels(machine, compiled, call.parameters, native),
  };
  runCompiled(run);
  const everyRow = (ref: Ref): Rows => {
    const state = program.states.findIndex(({ input }) => input === ref);
    const kept = before[state];
    if (kept !== undefined) return tight(kept, program.states[state].size, true);
    return rowsOf(run, ref);
  };
  const out = (ref: Ref) => {
    const columns = columnsFor(program.values[ref].size, entries);
    return hostMemory('float32', takeOut(machine, everyRow(ref), total, columns));
  };
  return {
    outputs: Object.fromEntries(program.outputs.map(({ name, value }) => [name, out(value)])),
    finalStates: Object.fromEntries(
      program.states.map(({ name, size }, i) => {
        const values = takeOut(machine, tight(states[i], size, false), batch, size);
        return [name, hostMemory('float32', values)];
      }),
    ),
    watched: Object.fromEntries(call.watch.map((name, i) => [name, out(watched[i])])),
    saved:
      call.save === false
        ? undefined
        : new SavedRows(new Map([...saved].map((ref) => [ref, everyRow(ref)])), lease),
  };
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
