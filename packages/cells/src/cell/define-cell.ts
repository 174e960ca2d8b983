import { OptionError, type Program, type Shape } from '@unroll/backend';
import type { Initializer } from '@unroll/nn';
import { type StepResult, type Symbolic, traceProgram } from '@unroll/tensor';
import type { Training } from './mask.ts';
import { byGate, type CellSizes, present, stackedShapes, type WeightShapes } from './weights.ts';

export type { CellSizes, WeightShapes } from './weights.ts';

type StepWeights<Gate extends string, Weights extends WeightShapes> = {
  /** From x: `W.f` is `[inputSize, hiddenSize]`. */
  readonly W: Readonly<Record<Gate, Symbolic>>;
  /** From the first state: `U.f` is `[its size, hiddenSize]`; nothing with `recurrent: false`. */
  readonly U: Readonly<Record<Gate, Symbolic>>;
  /** `b.f` is `[hiddenSize]`, undefined with `bias: false`. */
  readonly b: Readonly<Record<Gate, Symbolic | undefined>>;
} & {
  readonly [K in keyof Weights]: Weights[K] extends Shape ? Symbolic : Symbolic | undefined;
};

/** A cell as its author writes it. */
export interface CellDefinition<
  State extends string,
  Gate extends string,
  Weights extends WeightShapes,
> {
  /** In messages and summaries. */
  readonly name: string;
  /** What is carried, `[batch, hiddenSize]` each. The first is the output. */
  readonly states: readonly State[];
  /** Columns of the states that have not `hiddenSize` of them, such as a projected h. */
  readonly stateSizes?: (sizes: CellSizes) => Readonly<Partial<Record<State, number>>>;
  /**
   * Names of the gates. Each has a column block in W `[inputSize, gates·hiddenSize]`, in U `[size of the first state,
   * gates·hiddenSize]` and in b, in this order; the step gets the blocks by name. None by default.
   */
  readonly gates?: readonly Gate[];
  /** Whether gates have blocks in U; default true. False where no matrix meets the state: IndRNN, minGRU. */
  readonly recurrent?: boolean;
  /** Weights beyond W, U and b: their shapes by the names they have in the equations. */
  readonly weights?: (sizes: CellSizes) => Weights;
  /** What a gate's bias starts at; 0 for those not named. */
  readonly biases?: Readonly<Partial<Record<Gate, number>>>;
  /** How weights start, by name: a gain at 1. What is not named starts as `Recurrent` says. */
  readonly starts?: Readonly<Record<string, Initializer | undefined>>;
  /**
   * The equations of one step. Gives the new states by name; whatever else it gives, and a state depends on, can be
   * watched by that name.
   * It is called once, with symbolic values, so it may not read one or branch on one.
   */
  readonly step: (
    values: { readonly x: Symbolic } & Readonly<Record<State, Symbolic>>,
    weights: StepWeights<Gate, Weights>,
  ) => Readonly<Record<State, Symbolic>> & StepResult;
}

/** A cell ready for layers: what it carries, its weights, and its step as a recurrence program. */
export interface Cell {
  readonly name: string;
  readonly states: readonly string[];
  readonly gates: readonly string[];
  readonly biases: Readonly<Record<string, number | undefined>>;
  readonly starts: Readonly<Record<string, Initializer | undefined>>;
  /** Columns of every state; those of the first are the features of the output. */
  stateSizes(sizes: CellSizes): Record<string, number>;
  /** Shapes of all weights: W, U, b and those of the equations. */
  shapes(sizes: CellSizes): Record<string, Shape>;
  /** The step, traced for these sizes. The same sizes give the same object. */
  program(sizes: CellSizes): Program;
  /** What it runs while it trains, of wrapped cells with masks; without it, the program. */
  training?(sizes: CellSizes): Training;
}

/**
 * A recurrent cell from its equations. Whatever runs a built-in cell runs it: the same scan, layers, streaming,
 * derivative and compilers.
 *
 * @throws at the first use: whatever tracing refuses (a step that reads a value or closes over a tensor)
 * @example
 * // Minimal gated unit (Zhou et al. 2016)
 * const mgu = defineCell({
 *   name: 'MGU',
 *   states: ['h'],
 *   gates: ['f', 'n'],
 *   step({ x, h }, { W, U, b }) {
 *     const f = sigmoid(affine([x, W.f], [h, U.f], b.f));
 *     const n = tanh(affine([x, W.n], [mul(f, h), U.n], b.n));
 *     return { f, n, h: add(mul(sub(1, f), h), mul(f, n)) };
 *   },
 * });
 * const layer = new Recurrent({ cell: mgu, inputSize: 8, hiddenSize: 16 });
 */
/* @__NO_SIDE_EFFECTS__ */
export function defineCell<
  const State extends string,
  const Gate extends string = never,
  Weights extends WeightShapes = Record<never, Shape>,
>(definition: CellDefinition<State, Gate, Weights>): Cell {
  const { name, states, step, recurrent = true } = definition;
  const gates: readonly Gate[] = definition.gates ?? [];
  if (states.length === 0) throw new OptionError('defineCell', `${name} carries no state`);
  const programs = new Map<string, Program>();
  const stateSizes = (sizes: CellSizes): Record<string, number> => {
    const own: Readonly<Record<string, number | undefined>> = definition.stateSizes?.(sizes) ?? {};
    return Object.fromEntries(states.map((state) => [state, own[state] ?? sizes.hiddenSize]));
  };
  const shapes = (sizes: CellSizes) => ({
    ...stackedShapes(sizes, gates.length, recurrent && stateSizes(sizes)[states[0]]),
    ...present(definition.weights?.(sizes) ?? {}),
  });
  return {
    name,
    states,
    gates,
    biases: definition.biases ?? {},
    starts: definition.starts ?? {},
    stateSizes,
    shapes,
    program(sizes) {
      const key = `${sizes.inputSize} ${sizes.hiddenSize} ${sizes.bias}`;
      const program = programs.get(key) ?? trace(sizes);
      programs.set(key, program);
      return program;
    },
  };

  function trace(sizes: CellSizes): Program {
    const inputs = {
      steps: { x: sizes.inputSize },
      states: stateSizes(sizes),
      parameters: shapes(sizes),
    };
    return traceProgram(
      name,
      inputs,
      (values, weights) => step(values as never, byGate(weights, gates) as never),
      [states[0]],
    );
  }
}
