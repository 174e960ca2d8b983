import {
  allGradients,
  type Backend,
  type Memory,
  type Operand,
  type Program,
  type Scan,
  type Shape,
  sizeOf,
  type WantedGradients,
} from '@unroll/backend';

export interface RunOptions {
  /** Falling, one for each sequence. */
  readonly lengths: readonly number[];
  readonly reverse?: boolean;
  /** Which of the gradients are asked for; all without. */
  readonly wanted?: WantedGradients;
  /** Whether what the forward run kept is never given back, so that later runs find their memory elsewhere. */
  readonly hold?: boolean;
}

/** Runs a program forward and backward with the same numbers each time: all outputs, final states and gradients. */
export function runProgram(
  backend: Backend,
  program: Program,
  options: RunOptions,
): Record<string, Float32Array> {
  return programRun(backend, program, options)();
}

/** The same for any number of runs with the same operands. */
export function programRun(
  backend: Backend,
  program: Program,
  { lengths, reverse = false, wanted = allGradients(program), hold = false }: RunOptions,
): () => Record<string, Float32Array> {
  const [batch, total] = [lengths.length, lengths.reduce((a, b) => a + b, 0)];
  const batchSizes = Array.from({ length: lengths[0] }, (_, t) => {
    return lengths.filter((length) => length > t).length;
  });
  const next = noise();
  const fill = (...shape: Shape): Operand => {
    const values = Float32Array.from({ length: sizeOf(shape) }, next);
    return { memory: backend.upload(values), offset: 0, shape, dtype: 'float32' };
  };
  // Some memories are longer than others, and one sequence has none of it.
  const existing = lengths.map((_, i) => (i === 1 ? 0 : (7 * i) % 19));
  const entries = Math.max(1, ...existing);
  const memories = program.values.filter((value) => value.kind === 'memory');
  const given = (kind: string, rows: number) =>
    Object.fromEntries(
      program.values
        .filter((value) => value.kind === kind)
        .map(({ name, size }) => [name, fill(rows, size as number)]),
    );
  const forward: Scan = {
    program,
    schedule: { batchSizes, reverse },
    steps: given('step', total),
    states: Object.fromEntries(program.states.map(({ name, size }) => [name, fill(batch, size)])),
    sequences: given('sequence', batch),
    memories: Object.fromEntries(
      memories.map(({ name, size }) => [name, fill(batch, entries, size as number)]),
    ),
    lengths: Object.fromEntries(memories.map(({ source }) => [source, existing])),
    parameters: Object.fromEntries(
      program.parameters.map(({ name, shape }) => [name, fill(...shape)]),
    ),
    watch: [],
    save: wanted,
  };
  const weights = { h: fill(total, program.states[0].size) };
  return () => {
    const { outputs, finalStates, saved } = backend.kernels.scan(forward);
    const call = { forward, saved, outputs: weights, finalStates: {}, watch: [], wanted };
    const gradients = backend.kernels.scanBackward(call);
    if (!hold) backend.release?.(saved);
    const { watched: _, ...inputs } = gradients;
    return read(backend, { outputs, finalStates, ...inputs });
  };
}

function read(
  backend: Backend,
  groups: Record<string, Readonly<Record<string, Memory>>>,
): Record<string, Float32Array> {
  const all = Object.entries(groups).flatMap(([group, memories]) =>
    Object.entries(memories).map(([name, memory]) => {
      const { length, dtype } = memory;
      const values = backend.readSync?.({ memory, offset: 0, shape: [length], dtype });
      return [`${group}.${name}`, values as Float32Array] as const;
    }),
  );
  return Object.fromEntries(all);
}

/** The same numbers each time, in [−0.25, 0.25): a linear congruence. */
function noise(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 33 - 0.25;
  };
}
