import { ProgramBuilder } from './build.ts';
import { constantFormula, isCheap, sumFormula } from './narrow.ts';
import type { Computation, Program, Ref, State, Sum, Value } from './program.ts';
import type { Flow } from './rule.ts';
import { isSource, operandsOf, ruleOf } from './rules.ts';
import type { WantedGradients } from './scan.ts';

/** What a derivative program calls things that belong to the forward program's. */
export const cotangentName = {
  /** The step input that brings ∂L/∂output of this step. */
  output: (name: string) => `d.output.${name}`,
  /** The state that carries ∂L/∂state to the step before. */
  state: (name: string) => `d.${name}`,
  /** The cotangent of a value, and the output under which it can be read. */
  value: (name: string) => `d.${name}`,
} as const;

/** Every input of a program: what `wanted` is when everything is. */
export function allGradients(program: Program): WantedGradients {
  const names = (kind: Value['kind']) =>
    program.values.filter((value) => value.kind === kind).map(({ name }) => name);
  return {
    steps: names('step'),
    states: program.states.map(({ name }) => name),
    sequences: names('sequence'),
    memories: names('memory'),
    parameters: program.parameters.map(({ name }) => name),
  };
}

/**
 * The derivative of a program as a program, taken backwards over the graph of one step. It runs over the same windows the
 * other way round.
 *
 * - Its `saved` values are what the forward run must keep: only what some derivative really reads, and not what is a sum or
 *   product of others that are kept. Weights, memories and per-sequence values stand in it as themselves.
 * - Its step inputs are `d.output.<name>`, its states `d.<state>`: they start as the cotangents of the final states and
 *   end as those of the initial ones. The value that arrives from the later step is `d.<state>[t+1]`.
 * - Its outputs are `d.<value>`: the gradients of the wanted step inputs and of watched values. A value without influence
 *   on any output or state has none: its gradient is zero.
 * - Its sums are the gradients of weights, per-sequence values and memories.
 *
 * @param wanted - Which inputs want a gradient; all by default. Nothing is computed or saved for the others.
 * @param watch - Names of forward values whose gradient is wanted at all steps.
 * @param saving - Which gradients the forward run was told of, at least the wanted ones; it has kept what those read.
 */
export function derive(
  program: Program,
  wanted: WantedGradients = allGradients(program),
  watch: readonly string[] = [],
  saving: WantedGradients = wanted,
): Program {
  const everything = new Derivation(program, saving, [], new Set()).run();
  return new Derivation(program, wanted, watch, recomputable(program, everything)).run();
}

/** Saved values that are cheap functions of others that are there anyway: they are not kept but computed again. */
function recomputable({ values }: Program, derivative: Program): Set<Ref> {
  const saved = new Set(derivative.values.flatMap((v) => (v.kind === 'saved' ? [v.of] : [])));
  const there = (ref: Ref): boolean =>
    saved.has(ref) || ['step', 'sequence', 'weight'].includes(values[ref].kind);
  return new Set(
    [...saved].filter((ref) => {
      const value = values[ref];
      const moved = value.kind === 'columns' || value.kind === 'concat';
      const cheap = moved || (value.kind === 'pointwise' && isCheap(value.formula));
      return cheap && operandsOf(value).every(there);
    }),
  );
}

const made = new WeakMap<Program, Map<string, Program>>();

/** `derive`, once for each program and question. */
export function derivativeOf(
  program: Program,
  wanted: WantedGradients,
  watch: readonly string[] = [],
  saving: WantedGradients = wanted,
): Program {
  const known = made.get(program) ?? new Map<string, Program>();
  made.set(program, known);
  const lists = [wanted, saving].flatMap((all) =>
    Object.entries(all)
      .sort()
      .map(([, list]) => list),
  );
  const key = JSON.stringify([...lists, watch].map((names) => [...names].sort()));
  const derivative = known.get(key) ?? derive(program, wanted, watch, saving);
  known.set(key, derivative);
  return derivative;
}

class Derivation {
  readonly #program: Program;
  readonly #wanted: WantedGradients;
  readonly #watch: ReadonlySet<string>;
  readonly #again: ReadonlySet<Ref>;
  readonly #needed: readonly boolean[];
  readonly #build: ProgramBuilder;
  /** What has flowed to each forward value so far. */
  readonly #flows: Ref[][];

  constructor(
    program: Program,
    wanted: WantedGradients,
    watch: readonly string[],
    again: ReadonlySet<Ref>,
  ) {
    this.#program = program;
    this.#wanted = wanted;
    this.#watch = new Set(watch);
    this.#again = again;
    this.#needed = neededCotangents(program, wanted, this.#watch);
    this.#build = new ProgramBuilder(`d.${program.name}`);
    this.#flows = program.values.map(() => []);
    for (const { name, shape } of program.parameters) this.#build.parameter(name, shape);
  }

  run(): Program {
    for (const { name, value } of this.#program.outputs) {
      if (!this.#needed[value]) continue;
      this.#give(value, this.#build.step(cotangentName.output(name), this.#value(value).size));
    }
    const carried = this.#program.states.filter(({ input }) => this.#needed[input]);
    for (const state of carried) this.#arrive(state);
    for (let ref = this.#program.values.length - 1; ref >= 0; ref--) {
      const dy = this.#cotangent(ref);
      if (dy === undefined) continue;
      if (this.#watch.has(this.#value(ref).name)) this.#expose(ref, dy);
      this.#propagate(ref, dy);
    }
    for (const state of carried) this.#leave(state);
    return this.#build.finish();
  }

  #value(ref: Ref): Value {
    return this.#program.values[ref];
  }

  /** The cotangent of the new state, as the later step leaves it. */
  #arrive({ name, size, next }: State): void {
    const carried = cotangentName.state(name);
    const arrived = this.#build.state(carried, size, `${carried}[t+1]`);
    if (this.#needed[next]) this.#give(next, arrived);
  }

  /** The cotangent of the old state becomes that of the new state of the step before. */
  #leave({ name, size, input }: State): void {
    const [dh] = this.#flows[input];
    const zero = { kind: 'pointwise', formula: constantFormula(0), args: [] } as const;
    this.#build.next(cotangentName.state(name), dh ?? this.#build.emit(zero, undefined, size));
  }

  /** The sum of all that has flowed to a value; undefined when nothing has. */
  #cotangent(ref: Ref): Ref | undefined {
    const flows = this.#flows[ref];
    if (flows.length === 0) return undefined;
    const { kind, name } = this.#value(ref);
    const summed = kind === 'weight' || kind === 'sequence' ? '[t]' : '';
    const dy = this.#build.named(this.#total(flows), `${cotangentName.value(name)}${summed}`);
    this.#flows[ref] = [dy];
    return dy;
  }

  /** Products first and two at a time, so that they become one affine value. */
  #total(flows: readonly Ref[]): Ref {
    const isProduct = (ref: Ref) => this.#build.value(ref).kind === 'affine';
    const products = flows.filter(isProduct);
    const others = flows.filter((ref) => !isProduct(ref));
    const parts = [...products.slice(0, 1), ...others];
    for (const product of products.slice(1)) parts[0] = this.#build.add(parts[0], product);
    if (parts.length === 1) return parts[0];
    return this.#build.pointwise(sumFormula(parts.length), parts);
  }

  #give(ref: Ref, gradient: Ref): void {
    this.#flows[ref].push(gradient);
  }

  #propagate(ref: Ref, dy: Ref): void {
    const value = this.#value(ref);
    switch (value.kind) {
      case 'step':
        if (this.#wanted.steps.includes(value.name)) this.#expose(ref, dy);
        return;
      case 'sequence':
        this.#build.sum({ kind: 'steps', into: this.#read(ref), value: dy });
        return;
      case 'weight':
        this.#build.sum({ kind: 'columns', into: this.#read(ref), value: dy });
        return;
      case 'state':
      case 'memory':
      case 'saved':
        return;
      default:
        ruleOf<Computation>(value).derivative(value, this.#flow(ref, dy));
    }
  }

  #flow(self: Ref, dy: Ref): Flow {
    return {
      self,
      dy,
      wants: (operand) => this.#needed[operand],
      size: (operand) => this.#value(operand).size,
      read: (operand) => this.#read(operand),
      emit: (node, size) => this.#build.emit(node, undefined, size),
      give: (operand, gradient) => {
        const [of, by] = [this.#value(operand).name, this.#value(self).name];
        this.#give(operand, this.#build.hint(gradient, `${cotangentName.value(of)}:${by}`));
      },
      sum: (sum: Sum) => this.#build.sum(sum),
    };
  }

  readonly #read = memoized((ref: Ref): Ref => {
    const value = this.#value(ref);
    switch (value.kind) {
      case 'weight':
        return this.#build.weight(value.parameter, value);
      case 'memory':
        return this.#build.memory(value.name, value.size as number, value.source);
      case 'sequence':
        return this.#build.sequence(value.name, value.size);
    }
    if (this.#again.has(ref)) {
      const { name: _, size: __, ...node } = value as Computation & Value;
      const copy = ruleOf<Computation>(node).mapped(node, this.#read);
      return this.#build.emit(copy, value.name, value.size);
    }
    return this.#build.saved(ref, value.size, value.name);
  });

  #expose(ref: Ref, dy: Ref): void {
    if (this.#exposed.has(ref)) return;
    this.#exposed.add(ref);
    this.#build.output(cotangentName.value(this.#value(ref).name), dy);
  }

  readonly #exposed = new Set<Ref>();
}

function memoized(compute: (ref: Ref) => Ref): (ref: Ref) => Ref {
  const known = new Map<Ref, Ref>();
  return (ref) => {
    const result = known.get(ref) ?? compute(ref);
    known.set(ref, result);
    return result;
  };
}

/** Which values lie between something wanted and the end: the wanted ones, and what reads needed ones, also through time. */
function neededCotangents(
  program: Program,
  wanted: WantedGradients,
  watch: ReadonlySet<string>,
): boolean[] {
  const wantedHere = (value: Value, ref: Ref): boolean => {
    if (watch.has(value.name)) return true;
    if (value.kind === 'step') return wanted.steps.includes(value.name);
    if (value.kind === 'sequence') return wanted.sequences.includes(value.name);
    if (value.kind === 'memory') return wanted.memories.includes(value.name);
    if (value.kind === 'weight') return wanted.parameters.includes(value.parameter);
    const state = program.states.find(({ input }) => input === ref);
    return state !== undefined && wanted.states.includes(state.name);
  };
  const needed = program.values.map(wantedHere);
  for (let changed = true; changed; ) {
    changed = false;
    program.values.forEach((value, ref) => {
      if (needed[ref] || isSource(value)) return;
      needed[ref] = operandsOf(value).some((operand) => needed[operand]);
    });
    for (const { input, next } of program.states) {
      if (needed[input] || !needed[next]) continue;
      needed[input] = true;
      changed = true;
    }
  }
  return needed;
}
