import {
  expand,
  expression,
  type Formula,
  OptionError,
  type Program,
  type ProgramBuilder,
  programBuilder,
  type Ref,
  type Shape,
  ShapeError,
  toFormula,
  UnsupportedError,
} from '@unroll/backend';
import { Symbolic, type Tracer } from '../core/symbolic.ts';

/** What a step reads, with sizes. */
export interface StepInputs {
  /** Rows of the data at every step: columns by name. */
  readonly steps: Readonly<Record<string, number>>;
  /** Carried states: columns by name. */
  readonly states: Readonly<Record<string, number>>;
  /** One row for a whole sequence, such as a mask: columns by name. */
  readonly sequences?: Readonly<Record<string, number>>;
  /** Memories `[batch, source, size]`; those of one source share its lengths. */
  readonly memories?: Readonly<Record<string, { readonly size: number; readonly source: string }>>;
  /** Weights: vectors `[n]` and matrices `[m, n]` by name. */
  readonly parameters: Readonly<Record<string, Shape>>;
}

/** What a step computes: every state by its name, and any further values by theirs. */
export type StepResult = Readonly<Record<string, Symbolic>>;

export type StepFunction = (
  values: Readonly<Record<string, Symbolic>>,
  weights: Readonly<Record<string, Symbolic>>,
) => StepResult;

/**
 * Writes a step down as a recurrence program: `step` is called once, with symbolic values.
 *
 * @param outputs names out of the step's result that are read at every step
 * @throws UnsupportedError, DTypeError when the step reads a value, branches on one or closes over a tensor
 * @throws OptionError when a state or an output is missing from the result
 * @example
 * const program = traceProgram(
 *   'rnn',
 *   { steps: { x: 3 }, states: { h: 4 }, parameters: { W: [3, 4], U: [4, 4] } },
 *   ({ x, h }, { W, U }) => ({ h: tanh(add(matmul(x, W), matmul(h, U))) }),
 *   ['h'],
 * );
 */
export function traceProgram(
  name: string,
  inputs: StepInputs,
  step: StepFunction,
  outputs: readonly string[],
): Program {
  const tracer = new StepTracer(name);
  const result = step(...tracer.declare(inputs));
  for (const [key, value] of Object.entries(result)) tracer.own(value, key);
  for (const state of Object.keys(inputs.states)) tracer.next(state, result[state]);
  for (const output of outputs) tracer.output(output, result[output]);
  for (const [key, value] of Object.entries(result)) tracer.builder.named(value.ref, key);
  return tracer.builder.finish();
}

/** Turns operations on symbolic values into calls of a program builder. */
class StepTracer implements Tracer {
  readonly builder: ProgramBuilder;
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
    this.builder = programBuilder(name);
  }

  declare(inputs: StepInputs): [Record<string, Symbolic>, Record<string, Symbolic>] {
    const { builder } = this;
    const values: Record<string, Symbolic> = {};
    const add = (name: string, ref: Ref) => {
      if (values[name]) throw new OptionError(this.#name, `two inputs are called '${name}'`);
      values[name] = this.#value(ref);
    };
    for (const [name, size] of Object.entries(inputs.steps)) add(name, builder.step(name, size));
    for (const [name, size] of Object.entries(inputs.states)) add(name, builder.state(name, size));
    for (const [name, size] of Object.entries(inputs.sequences ?? {})) {
      add(name, builder.sequence(name, size));
    }
    for (const [name, { size, source }] of Object.entries(inputs.memories ?? {})) {
      add(name, builder.memory(name, size, source));
    }
    const weights: Record<string, Symbolic> = {};
    for (const [name, shape] of Object.entries(inputs.parameters)) {
      builder.parameter(name, shape);
      weights[name] = this.#value(builder.weight(name));
    }
    return [values, weights];
  }

  pointwise(formula: Formula, args: readonly (Symbolic | number)[]): Symbolic {
    const values = args.filter((x) => x instanceof Symbolic);
    for (const x of values) this.own(x, formula.name);
    const refs = values.map((x) => x.ref);
    return this.#value(this.builder.pointwise(withConstants(formula, args), refs));
  }

  matmul(x: Symbolic, weight: Symbolic, transposed: boolean): Symbolic {
    this.own(x, 'matmul');
    this.own(weight, 'matmul');
    if (this.builder.value(weight.ref).kind !== 'weight') {
      throw new ShapeError(this.#name, 'the second side of matmul must be a weight of the cell');
    }
    return this.#value(this.builder.affine([{ value: x.ref, weight: weight.ref, transposed }]));
  }

  concat(parts: readonly Symbolic[]): Symbolic {
    return this.#value(this.builder.concat(parts.map((x) => x.ref)));
  }

  columns(x: Symbolic, from: number, to: number): Symbolic {
    const value = this.builder.value(x.ref);
    if (value.kind !== 'weight') return this.#value(this.builder.columns(x.ref, [from, to]));
    const start = value.columns[0];
    const columns = [start + from, start + to] as const;
    const rows = value.rows ? { rows: value.rows } : {};
    return this.#value(this.builder.weight(value.parameter, { ...rows, columns }));
  }

  softmax(x: Symbolic): Symbolic {
    return this.#value(this.builder.rowSoftmax(x.ref));
  }

  rowNorm(x: Symbolic, eps: number): Symbolic {
    return this.#value(this.builder.rowNorm(x.ref, eps));
  }

  score(query: Symbolic, memory: Symbolic, vector: Symbolic | undefined): Symbolic {
    return this.#value(this.builder.score(query.ref, memory.ref, vector?.ref));
  }

  memorySum(weights: Symbolic, memory: Symbolic): Symbolic {
    return this.#value(this.builder.memorySum(weights.ref, memory.ref));
  }

  next(state: string, value: Symbolic | undefined): void {
    if (!value) throw new OptionError(this.#name, `the step does not return the state '${state}'`);
    this.builder.next(state, value.ref);
  }

  output(name: string, value: Symbolic | undefined): void {
    if (!value) throw new OptionError(this.#name, `the step does not return the output '${name}'`);
    this.builder.output(name, value.ref);
  }

  /** Refuses what is no value of this step. */
  own(x: Symbolic, where: string): void {
    if (x instanceof Symbolic && x.tracer === this) return;
    throw new UnsupportedError(
      this.#name,
      `${where} is not computed from the step's own values. Declare what it needs as an input or a weight of the cell.`,
    );
  }

  #value(ref: Ref): Symbolic {
    return new Symbolic(this, ref, this.builder.value(ref).size);
  }
}

/** A formula with its numeric arguments written into it. */
function withConstants(formula: Formula, args: readonly (Symbolic | number)[]): Formula {
  if (args.every((x) => typeof x !== 'number')) return formula;
  let free = 0;
  const given = args.map((x) =>
    typeof x === 'number' ? expression.constant(x) : expression.arg(free++),
  );
  const registers = expand(formula, given);
  return toFormula(
    formula.name,
    free,
    formula.outputs.map((register) => registers[register]),
  );
}

function stepTracer(x: Symbolic, operation: string): StepTracer {
  if (x.tracer instanceof StepTracer) return x.tracer;
  throw new UnsupportedError(operation, 'works on values of a recurrent step only');
}

/** Inside a step: (x − mean) / √(variance + eps) over each row; gain and bias are `mul` and `add` with weights. */
export function rowNorm(x: Symbolic, { eps = 1e-5 }: { eps?: number } = {}): Symbolic {
  return stepTracer(x, 'rowNorm').rowNorm(x, eps);
}

/**
 * Inside a step: attention scores of a query `[batch, n]` against a memory `[batch, source, n]`: Σ q·k (Luong et al.
 * 2015), or with a weight vector Σ v·tanh(q + k) (Bahdanau et al. 2015, W_q·q and W_k·k projected before).
 */
export function score(query: Symbolic, memory: Symbolic, vector?: Symbolic): Symbolic {
  return stepTracer(query, 'score').score(query, memory, vector);
}

/** Inside a step: the sum of a memory's entries, weighted: `[batch, source]`, `[batch, source, n]` → `[batch, n]`. */
export function memorySum(weights: Symbolic, memory: Symbolic): Symbolic {
  return stepTracer(weights, 'memorySum').memorySum(weights, memory);
}
