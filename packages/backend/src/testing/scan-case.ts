import type { Backend, Memory, Operand } from '../contract/backend.ts';
import { allocate, type TypedArray } from '../contract/dtype.ts';
import { type Shape, sizeOf } from '../contract/shape.ts';
import { allGradients } from '../program/derive.ts';
import type { Program } from '../program/program.ts';
import type {
  Scan,
  ScanGradients,
  ScanResult,
  Schedule,
  SourceLengths,
  WantedGradients,
} from '../program/scan.ts';

/** Values of an input and their shape. */
export interface Filled {
  readonly shape: Shape;
  readonly values: Float64Array;
}

export type InputKind = 'steps' | 'states' | 'sequences' | 'memories' | 'parameters';
export const inputKinds: readonly InputKind[] = [
  'steps',
  'states',
  'sequences',
  'memories',
  'parameters',
];

/** A program with all that it needs to run, as plain numbers. */
export interface ScanCase {
  readonly program: Program;
  readonly schedule: Schedule;
  readonly inputs: Readonly<Record<InputKind, Readonly<Record<string, Filled>>>>;
  readonly lengths: SourceLengths;
}

/** Weights of a loss Σ output·weight + Σ final state·weight: its cotangents. */
export interface Cotangents {
  readonly outputs: Readonly<Record<string, Filled>>;
  readonly finalStates: Readonly<Record<string, Filled>>;
}

export type Named = Readonly<Record<string, Float64Array>>;

/** What came out, as doubles, by `outputs.h` or `states.c`. */
export interface CaseResult {
  readonly values: Named;
  /** `steps.x`, `parameters.W`, …; empty without cotangents. */
  readonly gradients: Named;
}

/** The forward call of a case in the memory of a backend. */
export function callOf(test: ScanCase, backend: Backend, dtype: 'float32' | 'float64'): Scan {
  const operands = (kind: InputKind) =>
    mapped(test.inputs[kind], (filled) => operandOf(filled, backend, dtype));
  return {
    program: test.program,
    schedule: test.schedule,
    steps: operands('steps'),
    states: operands('states'),
    sequences: operands('sequences'),
    memories: operands('memories'),
    parameters: operands('parameters'),
    lengths: test.lengths,
    watch: [],
    save: true,
  };
}

/** What the backward run is asked for, and what the forward run is told of it. */
export interface Asked {
  readonly wanted?: WantedGradients;
  readonly save?: Scan['save'];
}

/** Runs a case forward, and backward where there are cotangents, with every gradient by default. */
export async function runCase(
  test: ScanCase,
  backend: Backend,
  dtype: 'float32' | 'float64',
  cotangents?: Cotangents,
  { save = true, wanted = allGradients(test.program) }: Asked = {},
): Promise<CaseResult> {
  const forward = { ...callOf(test, backend, dtype), save };
  const result = backend.kernels.scan(forward);
  const values = await readAll({ outputs: result.outputs, states: result.finalStates }, backend);
  if (cotangents === undefined) return { values, gradients: {} };
  const gradients = backward(forward, result, cotangents, wanted, backend, dtype);
  return { values, gradients: await readAll(gradients, backend) };
}

function backward(
  forward: Scan,
  { saved }: ScanResult,
  cotangents: Cotangents,
  wanted: WantedGradients,
  backend: Backend,
  dtype: 'float32' | 'float64',
): Omit<ScanGradients, 'watched'> {
  const upload = (filled: Filled) => operandOf(filled, backend, dtype);
  const { watched: _, ...gradients } = backend.kernels.scanBackward({
    forward,
    saved,
    outputs: mapped(cotangents.outputs, upload),
    finalStates: mapped(cotangents.finalStates, upload),
    watch: [],
    wanted,
  });
  return gradients;
}

/** The loss that the cotangents stand for. */
function lossOf(values: Named, { outputs, finalStates }: Cotangents): number {
  let loss = 0;
  const add = (kind: string, weights: Readonly<Record<string, Filled>>) => {
    for (const [name, { values: w }] of Object.entries(weights)) {
      const x = values[`${kind}.${name}`];
      for (let i = 0; i < w.length; i++) loss += w[i] * x[i];
    }
  };
  add('outputs', outputs);
  add('states', finalStates);
  return loss;
}

/** The gradients of a case by central differences, in double precision. */
export async function differences(
  test: ScanCase,
  backend: Backend,
  cotangents: Cotangents,
  step = 1e-5,
): Promise<Named> {
  const gradients: Record<string, Float64Array> = {};
  for (const kind of inputKinds) {
    for (const [name, { values }] of Object.entries(test.inputs[kind])) {
      const gradient = new Float64Array(values.length);
      for (let i = 0; i < values.length; i++) {
        const unit = new Float64Array(values.length);
        unit[i] = 1;
        gradient[i] = await directional(test, backend, cotangents, [kind, name], unit, step);
      }
      gradients[`${kind}.${name}`] = gradient;
    }
  }
  return gradients;
}

/** d loss along a direction of one input, by central differences in double precision. */
export async function directional(
  test: ScanCase,
  backend: Backend,
  cotangents: Cotangents,
  [kind, name]: readonly [InputKind, string],
  direction: Float64Array,
  step = 1e-5,
): Promise<number> {
  const { values } = test.inputs[kind][name];
  const at = async (delta: number): Promise<number> => {
    const moved = values.map((x, i) => x + delta * direction[i]);
    const { values: out } = await runCase(replaced(test, kind, name, moved), backend, 'float64');
    return lossOf(out, cotangents);
  };
  return ((await at(step)) - (await at(-step))) / (2 * step);
}

/** The same case with other values for one input. */
export function replaced(
  test: ScanCase,
  kind: InputKind,
  name: string,
  values: Float64Array,
): ScanCase {
  const { shape } = test.inputs[kind][name];
  const inputs = {
    ...test.inputs,
    [kind]: { ...test.inputs[kind], [name]: { shape, values } },
  };
  return { ...test, inputs };
}

export function mapped<A, B>(
  record: Readonly<Record<string, A>>,
  to: (x: A, name: string) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, x]) => [name, to(x, name)]));
}

function operandOf(filled: Filled, backend: Backend, dtype: 'float32' | 'float64'): Operand {
  const values = allocate(dtype, sizeOf(filled.shape));
  values.set(filled.values);
  return { memory: backend.upload(values as TypedArray), offset: 0, shape: filled.shape, dtype };
}

async function readAll(
  groups: Readonly<Record<string, Readonly<Record<string, Memory>>>>,
  backend: Backend,
): Promise<Named> {
  const all: Record<string, Float64Array> = {};
  for (const [group, memories] of Object.entries(groups)) {
    for (const [name, memory] of Object.entries(memories)) {
      const { length, dtype } = memory;
      const values = await backend.read({ memory, offset: 0, shape: [length], dtype });
      all[`${group}.${name}`] = Float64Array.from(values);
    }
  }
  return all;
}
