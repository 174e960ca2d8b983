import { OptionError, ShapeError } from '../contract/errors.ts';
import type { Shape } from '../contract/shape.ts';
import type { Formula } from '../formula/formula.ts';
import { type PointwiseName, table } from '../formula/table.ts';
import { AUTOMATIC, Draft, proposeNames, windowName, withoutDead } from './draft.ts';
import { normalize } from './normalize.ts';
import type { Computation, Program, Ref, Size, Source, Sum, Value, Window } from './program.ts';
import { isSource, operandsOf } from './rules.ts';

/** A product in an affine value. */
export interface Product {
  readonly value: Ref;
  /** A matrix: what `weight` gave. */
  readonly weight: Ref;
  /** value · weightᵀ; false by default. */
  readonly transposed?: boolean;
}

/**
 * Builds a recurrence program value by value: by hand, or for a tracer of user functions. Each method gives the ref of its
 * value; equal values are one value, so that the same equations give the same program. `name` is the author's name; a
 * name that is taken gets a number behind it, and a value keeps the first name it was given.
 *
 * All methods throw a ShapeError that names the program and the kind of value when sizes do not fit.
 *
 * @example
 * const b = programBuilder('rnn');
 * const x = b.step('x', 3);
 * const h = b.state('h', 4);
 * b.parameter('W', [3, 4]);
 * b.parameter('U', [4, 4]);
 * const next = b.pointwise('tanh', [b.add(b.matmul(x, b.weight('W')), b.matmul(h, b.weight('U')))], 'h');
 * b.next('h', next);
 * b.output('h', next);
 * const program = b.finish();
 */
export class ProgramBuilder {
  readonly #draft: Draft;
  readonly #inputs = new Set<string>();

  constructor(name: string) {
    this.#draft = new Draft(name);
  }

  /** A row of the data at every step, `[rows, size]`. */
  step(name: string, size: Size): Ref {
    return this.#input({ kind: 'step' }, name, size);
  }

  /** The state before the step, `[batch, size]`; its value is called `h[t-1]`. Give its successor with `next`. */
  state(name: string, size: number, valueName = `${name}[t-1]`): Ref {
    const input = this.#input({ kind: 'state' }, valueName, size);
    this.#draft.states.push({ name, size, input, next: -1 });
    return input;
  }

  /** One row for the whole sequence, `[batch, size]`. */
  sequence(name: string, size: Size): Ref {
    return this.#input({ kind: 'sequence' }, name, size);
  }

  /** A memory `[batch, source, size]`; memories of one source share its lengths. */
  memory(name: string, size: number, source: string): Ref {
    return this.#input({ kind: 'memory', source }, name, size);
  }

  /** Declares a whole parameter, `[n]` or `[m, n]`; `weight` reads it. */
  parameter(name: string, shape: Shape): void {
    const { parameters } = this.#draft;
    if (parameters.some((other) => other.name === name)) this.#taken('parameter', name);
    parameters.push({ name, shape: [...shape] });
  }

  /** A parameter, or a window of it: `weight('W', { columns: [0, 4] })`. */
  weight(parameter: string, window: { rows?: Window; columns?: Window } = {}): Ref {
    const spec = this.#draft.parameters.find(({ name }) => name === parameter);
    if (spec === undefined) {
      throw new OptionError(
        this.#draft.name,
        `there is no parameter '${parameter}'; declare it first`,
      );
    }
    const { shape } = spec;
    const columns = window.columns ?? [0, shape[shape.length - 1]];
    const rows = shape.length === 2 ? (window.rows ?? ([0, shape[0]] as const)) : undefined;
    const node = { kind: 'weight', parameter, ...(rows ? { rows } : {}), columns } as const;
    return this.#draft.source(node, columns[1] - columns[0]);
  }

  /** In a derivative program: a value of the forward program. */
  saved(of: Ref, size: Size, name?: string): Ref {
    return this.#draft.source({ kind: 'saved', of }, size, name);
  }

  /** Any computed value; the methods below are this for one kind each. */
  emit(node: Computation, name?: string, size?: Size): Ref {
    const ref = this.#draft.emit(node, size);
    return name === undefined ? ref : this.named(ref, name);
  }

  /** Σ value · weight + bias. */
  affine(products: readonly Product[], bias?: Ref, name?: string): Ref {
    const terms = products.map((product) => ({ transposed: false, ...product }));
    return this.emit({ kind: 'affine', terms, ...(bias === undefined ? {} : { bias }) }, name);
  }

  /** value · weight. */
  matmul(value: Ref, weight: Ref, name?: string): Ref {
    return this.affine([{ value, weight }], undefined, name);
  }

  /** An entry of the pointwise table or a formula, over values of one size; vectors and size 1 are broadcast. */
  pointwise(formula: PointwiseName | Formula, args: readonly Ref[], name?: string): Ref {
    const data = typeof formula === 'string' ? table[formula].formula : formula;
    return this.emit({ kind: 'pointwise', formula: data, args: [...args] }, name);
  }

  add(a: Ref, b: Ref, name?: string): Ref {
    return this.pointwise('add', [a, b], name);
  }

  mul(a: Ref, b: Ref, name?: string): Ref {
    return this.pointwise('mul', [a, b], name);
  }

  /** (x − mean) / √(variance + eps) over each row. */
  rowNorm(x: Ref, eps = 1e-5, name?: string): Ref {
    return this.emit({ kind: 'rowNorm', x, eps }, name);
  }

  rowSoftmax(x: Ref, name?: string): Ref {
    return this.emit({ kind: 'rowSoftmax', x }, name);
  }

  /** Columns `[from, to)` of a value. */
  columns(x: Ref, window: Window, name?: string): Ref {
    return this.emit({ kind: 'columns', x, window: [window[0], window[1]] }, name);
  }

  concat(parts: readonly Ref[], name?: string): Ref {
    return this.emit({ kind: 'concat', parts: [...parts] }, name);
  }

  rowSum(x: Ref, name?: string): Ref {
    return this.emit({ kind: 'rowSum', x }, name);
  }

  /** Attention scores `[rows, source]`: Σ q·k, or with a vector Σ v·tanh(q + k). */
  score(query: Ref, memory: Ref, vector?: Ref, name?: string): Ref {
    const node = { kind: 'score', query, memory } as const;
    const full =
      vector === undefined ? { form: 'dot' as const } : { form: 'additive' as const, vector };
    return this.emit({ ...node, ...full } as Computation, name);
  }

  /** Σⱼ weightsⱼ · memoryⱼ. */
  memorySum(weights: Ref, memory: Ref, name?: string): Ref {
    return this.emit({ kind: 'memorySum', weights, memory }, name);
  }

  /** Names a value that has no name yet. */
  named(ref: Ref, name: string): Ref {
    proposeNames(this.#draft.values[ref], name);
    return ref;
  }

  /** Proposes a name for a value that stays without. */
  hint(ref: Ref, name: string): Ref {
    proposeNames(this.#draft.values[ref], undefined, name);
    return ref;
  }

  /** The value so far: its kind and size. */
  value(ref: Ref): Value {
    return this.#draft.look(ref);
  }

  /** What the state will be after the step. */
  next(state: string, value: Ref): void {
    const { states } = this.#draft;
    const i = states.findIndex(({ name }) => name === state);
    if (i < 0) throw new OptionError(this.#draft.name, `there is no state '${state}'`);
    const size = this.value(value).size;
    if (size !== states[i].size) {
      throw new ShapeError(
        this.#draft.name,
        `the state '${state}' has ${states[i].size} columns, its next value ${JSON.stringify(size)}`,
      );
    }
    states[i] = { ...states[i], next: this.#row(value) };
  }

  /** What is read at every step under `name`. */
  output(name: string, value: Ref): void {
    const { outputs } = this.#draft;
    if (outputs.some((other) => other.name === name)) this.#taken('output', name);
    outputs.push({ name, value: this.#row(value) });
  }

  /** A gradient that is summed over all steps. */
  sum(sum: Sum): void {
    this.#draft.sums.push(sum);
  }

  /**
   * The program: in its normal form, without dead values, every value with a name of its own.
   *
   * @param options.asWritten - Leaves the equations as they were written; false by default.
   */
  finish({ asWritten = false }: { readonly asWritten?: boolean } = {}): Program {
    const open = this.#draft.states.filter(({ next }) => next < 0).map(({ name }) => name);
    if (open.length > 0) {
      throw new OptionError(this.#draft.name, `no next value for the states ${open.join(', ')}`);
    }
    const draft = asWritten ? withoutDead(this.#draft) : normalize(this.#draft);
    nameParts(draft);
    const { name, values, states, outputs, parameters, sums } = draft;
    const names = uniqueNames(values, parameters);
    const named = values.map(({ name: _, hint: __, ...value }, i) => ({
      name: names[i],
      ...value,
    }));
    return { name, values: named as Value[], states, outputs, parameters, sums };
  }

  /** A weight vector read as a row of the step, because only pointwise values and products take weights. */
  #row(ref: Ref): Ref {
    return this.value(ref).kind === 'weight' ? this.emit(spread(ref)) : ref;
  }

  #input(node: Source, name: string, size: Size): Ref {
    if (this.#inputs.has(name)) this.#taken('input', name);
    this.#inputs.add(name);
    return this.#draft.source(node, size, name);
  }

  #taken(what: string, name: string): never {
    throw new OptionError(this.#draft.name, `two ${what}s are called '${name}'`);
  }
}

/** A new, empty builder. */
export function programBuilder(name: string): ProgramBuilder {
  return new ProgramBuilder(name);
}

function spread(x: Ref): Computation {
  return {
    kind: 'pointwise',
    formula: { name: 'spread', arity: 1, steps: [], outputs: [0] },
    args: [x],
  };
}

/** A value without a name is a part of the named one that reads it: `%f` is what the sigmoid of f was taken of. */
function nameParts(draft: Draft): void {
  for (let ref = draft.values.length - 1; ref >= 0; ref--) {
    const { name, hint } = draft.values[ref];
    const whole = name ?? hint;
    if (whole === undefined) continue;
    const part = whole.startsWith(AUTOMATIC) ? whole : `${AUTOMATIC}${whole}`;
    for (const operand of operandsOf(draft.look(ref))) {
      if (!isSource(draft.values[operand])) proposeNames(draft.values[operand], undefined, part);
    }
  }
}

/** Inputs first, since they are asked for by name; then weights, authors' names, proposals, numbers. */
function uniqueNames(values: Draft['values'], parameters: Draft['parameters']): string[] {
  const names: string[] = new Array(values.length);
  const taken = new Set<string>();
  const take = (i: number, wish: string): void => {
    let name = wish;
    for (let k = 2; taken.has(name); k++) name = `${wish}.${k}`;
    taken.add(name);
    names[i] = name;
  };
  const inputs = ['step', 'state', 'sequence', 'memory'];
  const wishes: ((value: Draft['values'][number], i: number) => string | undefined)[] = [
    (value) => (inputs.includes(value.kind) ? value.name : undefined),
    (value) => (value.kind === 'weight' ? windowName(value, parameters) : undefined),
    (value) => value.name,
    (value) => value.hint,
    (_, i) => `${AUTOMATIC}${i}`,
  ];
  for (const wish of wishes) {
    values.forEach((value, i) => {
      const name = names[i] === undefined ? wish(value, i) : undefined;
      if (name !== undefined) take(i, name);
    });
  }
  return names;
}
