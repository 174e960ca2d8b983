import type { Memory } from '../../contract/backend.ts';
import { OptionError } from '../../contract/errors.ts';
import { allGradients, derivativeOf } from '../../program/derive.ts';
import type { Program, Ref } from '../../program/program.ts';
import type { Scan, ScanResult, WantedGradients } from '../../program/scan.ts';
import { memoryOf } from '../memory.ts';
import { type Column, everyRow, type Floats } from './column.ts';
import { type Inputs, inputsOf } from './inputs.ts';
import { runProgram } from './run.ts';

/** What the forward run keeps for the backward run: columns of all steps by ref. */
export type Saved = ReadonlyMap<Ref, Column>;

/** A recurrence program over whole sequences: the definition. Double precision within a value, rounded once for each. */
export function scan(call: Scan): ScanResult {
  const { program, schedule, lengths } = call;
  const inputs = inputsOf(call);
  const watched = call.watch.map((name) => refOf(program, name));
  const saving = call.save === false ? [] : savedRefs(call);
  const carried = new Map(
    program.states.map(({ name, size }) => [name, inputs.state(name, size).slice()]),
  );
  const columns = runProgram({
    program,
    rows: inputs.rows,
    reverse: schedule.reverse,
    dtype: inputs.dtype,
    sources: inputs.sources,
    lengths,
    input: (ref) => inputColumn(program, ref, inputs),
    parameter: inputs.parameter,
    memory: inputs.memory,
    carried,
    keep: new Set([...program.outputs.map(({ value }) => value), ...watched, ...saving]),
  });
  const rowsOfAllSteps = (ref: Ref): Memory => copyOf(everyRow(columns[ref]!, inputs.rows));
  const outputs = program.outputs.map(({ name, value }) => [name, rowsOfAllSteps(value)]);
  const saved: Saved = new Map(saving.map((ref) => [ref, columns[ref]!]));
  return {
    outputs: Object.fromEntries(outputs),
    finalStates: Object.fromEntries([...carried].map(([name, x]) => [name, memoryOf(x)])),
    watched: Object.fromEntries(call.watch.map((name, i) => [name, rowsOfAllSteps(watched[i])])),
    saved: call.save === false ? undefined : saved,
  };
}

/** A step or per-sequence value where it lies. */
export function inputColumn(program: Program, ref: Ref, inputs: Inputs): Column {
  const { kind, name, size } = program.values[ref];
  const allRows = kind === 'step';
  const values = allRows ? inputs.step(name, size) : inputs.sequence(name, size);
  return { values, size: inputs.columns(size), allRows };
}

/** Which gradients a forward run was told of. */
export function savingOf({ program, save }: Scan): WantedGradients {
  return typeof save === 'boolean' ? allGradients(program) : save;
}

/** What the derivative will read. Step inputs lie with the caller. */
function savedRefs(call: Scan): Ref[] {
  const { program } = call;
  return derivativeOf(program, savingOf(call)).values.flatMap((value) =>
    value.kind === 'saved' && program.values[value.of].kind !== 'step' ? [value.of] : [],
  );
}

function refOf(program: Program, name: string): Ref {
  const ref = program.values.findIndex((value) => value.name === name);
  const kind = program.values[ref]?.kind;
  if (ref >= 0 && kind !== 'weight' && kind !== 'memory') return ref;
  const names = program.values.filter((v) => v.kind !== 'weight' && v.kind !== 'memory');
  throw new OptionError(
    program.name,
    `cannot watch '${name}'; its values are ${names.map((value) => value.name).join(', ')}`,
  );
}

/** Memory of its own: what was saved must not change when somebody overwrites an output. */
function copyOf(values: Floats): Memory {
  return memoryOf(values.slice());
}
