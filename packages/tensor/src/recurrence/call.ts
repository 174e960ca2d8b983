import type { Program, Schedule } from '@unroll/backend';
import type { Tensor } from '../core/tensor.ts';

/** Tensors by name. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** A run of a recurrence program over whole sequences. */
export interface ScanCall {
  readonly program: Program;
  /** How the rows lie in time; `Sequence.schedule()` gives it. */
  readonly schedule: Schedule;
  /** `[rows, size]` for every step input of the program. */
  readonly steps: Tensors;
  /** Initial states `[batch, size]`, in the schedule's order of falling length. */
  readonly states: Tensors;
  /** `[batch, size]` for what stays the same over a sequence. */
  readonly sequences?: Tensors;
  /** `[batch, source, size]`. */
  readonly memories?: Tensors;
  /** Real entries of each memory, by the name of its source. */
  readonly lengths?: Readonly<Record<string, readonly number[]>>;
  readonly parameters: Tensors;
  /** Names of further values that are wanted at all steps. */
  readonly watch?: readonly string[];
  /** Receives the gradients of watched values when backward has run. */
  readonly onGradients?: (gradients: Tensors) => void;
}

export interface ScanOutput {
  /** `[rows, size]` by output name. */
  readonly outputs: Record<string, Tensor>;
  /** `[batch, size]` by state name: each row's own last state. */
  readonly finalStates: Record<string, Tensor>;
  /** `[rows, size]` by value name, detached. */
  readonly watched: Record<string, Tensor>;
}

/** The kinds of inputs, in the order in which they stand on the tape. */
export const kinds = ['steps', 'states', 'sequences', 'memories', 'parameters'] as const;
export type Kind = (typeof kinds)[number];

/** An input of a scan, with the name and kind under which the program knows it. */
export interface ScanInput {
  readonly kind: Kind;
  readonly name: string;
  readonly tensor: Tensor;
}

/** A call with nothing left out. */
export type FullCall = Required<Omit<ScanCall, 'onGradients'>> & Pick<ScanCall, 'onGradients'>;

export function inputsOf(call: FullCall): ScanInput[] {
  const inputs: ScanInput[] = [];
  for (const kind of kinds) {
    for (const name in call[kind]) inputs.push({ kind, name, tensor: call[kind][name] });
  }
  return inputs;
}

/** Rows of all steps together. */
export function rowsIn(batchSizes: readonly number[]): number {
  let rows = 0;
  for (const living of batchSizes) rows += living;
  return rows;
}

export function outputNames(program: Program): { outputs: string[]; states: string[] } {
  return {
    outputs: program.outputs.map((output) => output.name),
    states: program.states.map((state) => state.name),
  };
}
