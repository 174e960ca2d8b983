import {
  allGradients,
  cotangentName,
  derivativeOf,
  type Kernels,
  type Memory,
  type Operand,
  OptionError,
  type Program,
  type Scan,
  type ScanBackward,
  type ScanGradients,
  type ScanResult,
  type Size,
  sizeOf,
  sourcesOf,
} from '@unroll/backend';
import { Content } from '../device/content.ts';
import type { Device } from '../device/device.ts';
import { contentOf, GpuMemory } from '../device/gpu-memory.ts';
import type { Place } from '../source/kernel-text.ts';
import { Carried } from './carried.ts';
import { compute } from './compute.ts';
import { planOf } from './plan.ts';
import { rowsOf } from './rows.ts';
import { type Inputs, Run } from './run.ts';
import { assemble, sumOf } from './sums.ts';

/** Recurrence programs on a device. */
export function makeRecurrence(device: Device): Pick<Kernels, 'scan' | 'scanBackward'> & {
  release(saved: unknown): void;
} {
  return {
    scan: (call) => scan(device, call),
    scanBackward: (call) => scanBackward(device, call),
    release: (saved) => (saved as Run | undefined)?.free(),
  };
}

const memory = (content: Content): Memory => new GpuMemory('float32', content);

function zeros(length: number): Content {
  return new Content(length, new Float32Array(length));
}

function scan(device: Device, call: Scan): ScanResult {
  const { program, schedule } = call;
  const batch = schedule.batchSizes[0] ?? 0;
  const rows = rowsOf(schedule, sourcesOf(call, batch), call.lengths);
  const watched = call.watch.map((name) => [name, refOf(program, name)] as const);
  const carried = program.states.map(({ name, size }) => {
    const place = placeOf(call, 'states', name, size);
    return [name, new Carried(device, place, batch, size)] as const;
  });
  const run = new Run(device, compute, planOf(program), rows, inputsOf(call), new Map(carried));
  run.loop(schedule.reverse);
  const final = (state: Carried) => run.own(() => state.content());
  const result = {
    outputs: Object.fromEntries(
      program.outputs.map(({ name, value }) => [name, memory(run.result(value))]),
    ),
    finalStates: Object.fromEntries(carried.map(([name, state]) => [name, memory(final(state))])),
    watched: Object.fromEntries(watched.map(([name, ref]) => [name, memory(run.result(ref))])),
  };
  if (call.save !== false) return { ...result, saved: run };
  run.free();
  return { ...result, saved: undefined };
}

/** Where the operands of a call lie. */
function inputsOf(call: Scan): Inputs {
  return {
    step: (name, size) => placeOf(call, 'steps', name, size),
    sequence: (name, size) => placeOf(call, 'sequences', name, size),
    parameter(name) {
      const { shape } = call.program.parameters.find((other) => other.name === name)!;
      return placeOf(call, 'parameters', name, shape.at(-1) ?? 1);
    },
    memory: (name) => placeOf(call, 'memories', name, 0),
  };
}

function placeOf(
  call: Scan,
  kind: 'steps' | 'states' | 'sequences' | 'memories' | 'parameters',
  name: string,
  stride: number,
): Place {
  const operand = call[kind][name];
  if (operand === undefined) {
    throw new OptionError(call.program.name, `no operand for '${name}' among its ${kind}`);
  }
  return { content: contentOf(operand), offset: operand.offset, stride };
}

function refOf(program: Program, name: string): number {
  const ref = program.values.findIndex((value) => value.name === name);
  const kind = program.values[ref]?.kind;
  if (ref >= 0 && kind !== 'weight' && kind !== 'memory') return ref;
  const names = program.values.filter((v) => v.kind !== 'weight' && v.kind !== 'memory');
  const known = names.map((value) => value.name).join(', ');
  throw new OptionError(program.name, `cannot watch '${name}'; its values are ${known}`);
}

/** The derivative program over the same windows, the other way round; then the sums over all steps. */
function scanBackward(device: Device, call: ScanBackward): ScanGradients {
  const { forward, wanted, watch } = call;
  const saved = call.saved as Run;
  const { program, save } = forward;
  const told = typeof save === 'boolean' ? allGradients(program) : save;
  const derivative = derivativeOf(program, wanted, watch, told);
  const { rows } = saved;
  const carried = program.states.map(({ name, size }) => {
    const place = given(call.finalStates[name], rows.batch, size);
    return [cotangentName.state(name), new Carried(device, place, rows.batch, size)] as const;
  });
  const inputs: Inputs = {
    ...saved.inputs,
    forward: saved,
    step(name, size) {
      const output = program.outputs.find((other) => cotangentName.output(other.name) === name);
      return given(output && call.outputs[output.name], rows.total, size);
    },
  };
  const run = new Run(device, compute, planOf(derivative), rows, inputs, new Map(carried));
  run.loop(!forward.schedule.reverse);
  const sums = gradientsOf(run, saved);
  const output = (name: string): Memory => {
    const found = derivative.outputs.find((other) => other.name === cotangentName.value(name));
    if (found !== undefined) return memory(run.result(found.value));
    const { size } = program.values.find((value) => value.name === name)!;
    return memory(zeros(rows.total * run.columns(size)));
  };
  const state = (name: string) =>
    memory(run.own(() => (run.carried.get(cotangentName.state(name)) as Carried).content()));
  const gradients = {
    steps: byName(wanted.steps, output),
    states: byName(wanted.states, state),
    sequences: byName(wanted.sequences, sums('sequence')),
    memories: byName(wanted.memories, sums('memory')),
    parameters: byName(wanted.parameters, sums('weight')),
    watched: byName(watch, output),
  };
  run.free();
  return gradients;
}

function byName(names: readonly string[], get: (name: string) => Memory): Record<string, Memory> {
  return Object.fromEntries(names.map((name) => [name, get(name)]));
}

/** A cotangent, or zeros where there is none. */
function given(operand: Operand | undefined, rows: number, size: number): Place {
  if (operand !== undefined) {
    return { content: contentOf(operand), offset: operand.offset, stride: size };
  }
  return { content: zeros(rows * size), offset: 0, stride: size };
}

type Summed = 'sequence' | 'memory' | 'weight';

/** The gradient of any parameter, memory or per-sequence value by its name. */
function gradientsOf(run: Run, forward: Run): (kind: Summed) => (name: string) => Memory {
  const { program } = run;
  const nameOf = (ref: number) => {
    const value = program.values[ref];
    return value.kind === 'weight' ? value.parameter : value.name;
  };
  return (kind) => (name) => {
    const own = program.sums.filter(
      ({ into }) => program.values[into].kind === kind && nameOf(into) === name,
    );
    const [rows, columns] = shapeOf(forward, kind, name);
    if (own.length === 0) return memory(zeros(rows * columns));
    return run.own(() => {
      const parts = own.map((sum) => sumOf(run, sum));
      return memory(assemble(run, parts, rows, columns));
    });
  };
}

/** Rows and columns of a gradient. */
function shapeOf(run: Run, kind: Summed, name: string): readonly [number, number] {
  const { parameters, values } = run.program;
  if (kind === 'weight') {
    const { shape } = parameters.find((other) => other.name === name)!;
    const columns = shape.at(-1) ?? 1;
    return [sizeOf(shape) / columns, columns];
  }
  const value = values.find((other) => other.kind === kind && other.name === name)!;
  const entries = value.kind === 'memory' ? (run.rows.sources.get(value.source) ?? 0) : 1;
  return [run.rows.batch * entries, run.columns(value.size as Size)];
}
