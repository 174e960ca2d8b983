import type { Memory, Operand } from '../../contract/backend.ts';
import { allocate } from '../../contract/dtype.ts';
import { AutogradError } from '../../contract/errors.ts';
import { sizeOf } from '../../contract/shape.ts';
import { cotangentName, derivativeOf } from '../../program/derive.ts';
import type { Program, Ref, Size, Value } from '../../program/program.ts';
import { isSource, sumOperands } from '../../program/rules.ts';
import type { ScanBackward, ScanGradients } from '../../program/scan.ts';
import { memoryOf } from '../memory.ts';
import { type Column, everyRow, type Floats } from './column.ts';
import { inputColumn, type Saved, savingOf } from './forward.ts';
import { floats, type Inputs, inputsOf } from './inputs.ts';
import { contextFor, type Run, runProgram } from './run.ts';
import { addSum } from './sums.ts';

/** The derivative program over the same windows, the other way round; then the sums over all steps. */
export function scanBackward(call: ScanBackward): ScanGradients {
  const { forward, wanted, watch } = call;
  const inputs = inputsOf(forward);
  const derivative = derivativeOf(forward.program, wanted, watch, savingOf(forward));
  const run = backwardRun(call, derivative, inputs);
  const columns = runProgram(run);
  const sums = sumAll(call, run, columns, inputs);
  const initial = (name: string, size: Size): Floats =>
    run.carried.get(cotangentName.state(name)) ?? zeros(inputs, inputs.rows.batch, size);
  const output = (name: string): Memory => {
    const found = derivative.outputs.find((other) => other.name === cotangentName.value(name));
    const { size } = forward.program.values.find((value) => value.name === name)!;
    return memoryOf(
      found === undefined
        ? zeros(inputs, inputs.rows.total, size)
        : everyRow(columns[found.value]!, inputs.rows).slice(),
    );
  };
  return {
    steps: byName(wanted.steps, output),
    states: byName(wanted.states, (name) => {
      const { size } = forward.program.states.find((state) => state.name === name)!;
      return memoryOf(initial(name, size));
    }),
    sequences: byName(wanted.sequences, sums('sequence')),
    memories: byName(wanted.memories, sums('memory')),
    parameters: byName(wanted.parameters, sums('weight')),
    watched: byName(watch, output),
  };
}

function byName(
  names: readonly string[],
  memory: (name: string) => Memory,
): Record<string, Memory> {
  return Object.fromEntries(names.map((name) => [name, memory(name)]));
}

function zeros(inputs: Inputs, rows: number, size: Size): Floats {
  return allocate(inputs.dtype, rows * inputs.columns(size));
}

function backwardRun(call: ScanBackward, derivative: Program, inputs: Inputs): Run {
  const { forward } = call;
  const carried = forward.program.states.map(({ name, size }) => {
    const given = call.finalStates[name];
    const start = given && floatsOf(call, name, given, inputs.rows.batch * size, inputs).slice();
    return [cotangentName.state(name), start ?? zeros(inputs, inputs.rows.batch, size)] as const;
  });
  return {
    program: derivative,
    rows: inputs.rows,
    reverse: !forward.schedule.reverse,
    dtype: inputs.dtype,
    sources: inputs.sources,
    lengths: forward.lengths,
    input: (ref) => derivativeInput(call, derivative, ref, inputs),
    parameter: inputs.parameter,
    memory: inputs.memory,
    carried: new Map(carried),
    keep: keptRefs(derivative),
  };
}

/** Outputs, and what the sums read. */
function keptRefs({ outputs, sums, values }: Program): Set<Ref> {
  const refs = [...outputs.map(({ value }) => value), ...sums.flatMap(sumOperands)];
  return new Set(refs.filter((ref) => !isSource(values[ref]) || values[ref].kind === 'state'));
}

function derivativeInput(
  call: ScanBackward,
  derivative: Program,
  ref: Ref,
  inputs: Inputs,
): Column {
  const value = derivative.values[ref];
  if (value.kind === 'saved') return savedColumn(call, value.of, inputs);
  if (value.kind !== 'step') return inputColumn(derivative, ref, inputs);
  const size = inputs.columns(value.size);
  const output = call.forward.program.outputs.find(
    ({ name }) => cotangentName.output(name) === value.name,
  )!;
  const given = call.outputs[output.name];
  if (given === undefined) {
    return { values: zeros(inputs, inputs.rows.batch, size), size, allRows: false };
  }
  const values = floatsOf(call, output.name, given, inputs.rows.total * size, inputs);
  return { values, size, allRows: true };
}

function savedColumn({ forward, saved }: ScanBackward, of: Ref, inputs: Inputs): Column {
  if (forward.program.values[of].kind === 'step') return inputColumn(forward.program, of, inputs);
  const column = (saved as Saved | undefined)?.get(of);
  if (column !== undefined) return column;
  const { name } = forward.program.values[of];
  throw new AutogradError(
    forward.program.name,
    `the forward run did not keep '${name}', which this gradient reads; name it in 'save', or save all`,
  );
}

function floatsOf(
  call: ScanBackward,
  name: string,
  operand: Operand,
  length: number,
  inputs: Inputs,
): Floats {
  return floats(call.forward, cotangentName.value(name), operand, length, inputs.dtype);
}

type Summed = 'sequence' | 'memory' | 'weight';

/** All sums, in double precision; then the gradient of any parameter, memory or per-sequence value by its name. */
function sumAll(
  { forward }: ScanBackward,
  run: Run,
  columns: readonly (Column | undefined)[],
  inputs: Inputs,
): (kind: Summed) => (name: string) => Memory {
  const gradients = new Map<string, Float64Array>();
  const lengthOf = (kind: string, name: string): number => {
    const { parameters, values } = forward.program;
    if (kind === 'weight') return sizeOf(parameters.find((other) => other.name === name)!.shape);
    const value = values.find((other) => other.kind === kind && other.name === name)!;
    const entries = value.kind === 'memory' ? inputs.sources.get(value.source)! : 1;
    return inputs.rows.batch * entries * inputs.columns(value.size);
  };
  const gradient = (of: Value): Float64Array => {
    const name = of.kind === 'weight' ? of.parameter : of.name;
    const key = `${of.kind} ${name}`;
    const found = gradients.get(key) ?? new Float64Array(lengthOf(of.kind, name));
    gradients.set(key, found);
    return found;
  };
  const { memory, vector } = contextFor(run, columns);
  const on = { program: run.program, rows: run.rows, columns, memory, vector, gradient };
  for (const sum of run.program.sums) addSum(sum, on);
  return (kind) => (name) => {
    const rounded = allocate(inputs.dtype, lengthOf(kind, name));
    rounded.set(gradients.get(`${kind} ${name}`) ?? []);
    return memoryOf(rounded);
  };
}
