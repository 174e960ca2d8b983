import { DataError, sameShape } from '@unroll/backend';
import { mul, noGrad, Tensor } from '@unroll/tensor';
import type { OptimizerOptions, ParameterGroup } from './groups.ts';
import { type Problem, wholeNumber } from './problems.ts';

/** Tensors that are remembered of a parameter, by name, in its shape. */
export type Slots = Record<string, Tensor | undefined>;

/** What an optimizer keeps of one parameter. */
export interface Memory<S extends Slots> {
  /** Its updates so far. */
  readonly t: number;
  readonly slots: Partial<S>;
}

/**
 * An optimizer's state, for a file: everything but `state` is plain JSON, and `state` is named tensors. Parameters are
 * counted through all groups: 0, 1, 2, …
 */
export interface OptimizerState {
  /** Options of each group and which parameters are in it. */
  readonly groups: readonly StateGroup[];
  /** Updates of each parameter so far. */
  readonly steps: readonly number[];
  /** What is remembered, as `<parameter>.<name>`. */
  readonly state: Readonly<Record<string, Tensor>>;
}

export type StateGroup = Readonly<Record<string, unknown>> & { readonly params: readonly number[] };

type Group = ParameterGroup<OptimizerOptions>;

export function writeState(
  groups: readonly Group[],
  memories: ReadonlyMap<Tensor, Memory<Slots>>,
): OptimizerState {
  const all = groups.flatMap(({ params }) => params);
  const tensors = all.flatMap((p, i) =>
    Object.entries(memories.get(p)?.slots ?? {}).flatMap(([name, x]) =>
      x ? [[`${i}.${name}`, copy(x)] as const] : [],
    ),
  );
  return {
    groups: groups.map(({ params, ...options }) => ({
      ...structuredClone(options),
      params: params.map((p) => all.indexOf(p)),
    })),
    steps: all.map((p) => memories.get(p)?.t ?? 0),
    state: Object.fromEntries(tensors),
  };
}

/** A tensor of its own: what is remembered is written over, what is in a state is not. */
function copy(x: Tensor): Tensor {
  return noGrad(() => mul(x, 1));
}

/** What an optimizer says about its own options. */
interface Rules<G extends Group> {
  problems(options: G): readonly Problem[];
  slots(options: G): readonly string[];
}

/** The options of each group and the memory of each parameter, or one error about all that does not fit. */
export function readState<G extends Group>(
  operation: string,
  state: OptimizerState,
  groups: readonly G[],
  rules: Rules<G>,
): { options: Partial<G>[]; memories: Map<Tensor, Memory<Slots>> } {
  demand(operation, layoutProblems(state, groups));
  const options = state.groups.map(({ params: _, ...own }) => structuredClone(own) as Partial<G>);
  const loaded = groups.map((group, i) => ({ ...group, ...options[i] }));
  const problems = groups.flatMap((group, i) => {
    const wrong = optionProblems(options[i], group);
    const found = wrong.length > 0 ? wrong : rules.problems(loaded[i]);
    return found.map((problem) => problem && `group ${i}: ${problem}`);
  });
  demand(operation, problems);
  demand(operation, memoryProblems(state, loaded, rules));
  return { options, memories: readMemories(state, loaded, rules) };
}

function layoutProblems(state: OptimizerState, own: readonly Group[]): Problem[] {
  const { groups, steps } = state;
  const shaped =
    Array.isArray(groups) &&
    groups.every((group) => Array.isArray(group?.params)) &&
    Array.isArray(steps) &&
    typeof state.state === 'object' &&
    state.state !== null;
  if (!shaped) return ['it is not { groups, steps, state }'];
  const theirs = groups.map(({ params }) => params.length).join(' + ');
  const ours = own.map(({ params }) => params.length).join(' + ');
  const total = own.reduce((n, { params }) => n + params.length, 0);
  const order = groups.flatMap(({ params }) => params);
  if (theirs !== ours)
    return [`the state has ${theirs} parameters in its groups, the optimizer ${ours}`];
  return [
    order.every((index, i) => index === i)
      ? undefined
      : `the state counts its parameters ${order.join(', ')}, not 0 to ${total - 1} in order`,
    steps.length === total
      ? undefined
      : `the state has ${steps.length} step counts for ${total} parameters`,
    ...steps.map((t, i) => wholeNumber(`steps[${i}]`, t, 0)),
  ];
}

/** Options that are missing, unknown or of another kind than those of the group. */
function optionProblems(options: object, { params: _, ...own }: Group): Problem[] {
  const theirs = new Map(Object.entries(options));
  const ours = new Map<string, unknown>(Object.entries(own));
  ours.delete('initialLr');
  const problems = [...ours].map(([name, value]) => {
    if (!theirs.has(name)) return `the option '${name}' is missing`;
    return kindOf(theirs.get(name)) === kindOf(value)
      ? undefined
      : `'${name}' is no ${kindOf(value)}`;
  });
  const unknown = [...theirs.keys()].filter((name) => !ours.has(name) && name !== 'initialLr');
  problems.push(...unknown.map((name) => `there is no option '${name}'`));
  if (!['undefined', 'number'].includes(kindOf(theirs.get('initialLr'))))
    problems.push(`'initialLr' is no number`);
  return problems.filter((problem) => problem !== undefined);
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? `list of ${value.map((x) => typeof x).join(', ')}` : typeof value;
}

function memoryProblems<G extends Group>(
  { steps, state }: OptimizerState,
  groups: readonly G[],
  rules: Rules<G>,
): Problem[] {
  const expected = slotsOf(steps, groups, rules);
  const names = new Set(expected.map(({ key }) => key));
  return [
    ...expected.map(({ key, p }) => slotProblem(key, state[key], p)),
    ...Object.keys(state).map((key) => (names.has(key) ? undefined : `'${key}' is unexpected`)),
  ];
}

/** The tensors that a state must have, and what for: a parameter that has not changed yet remembers nothing. */
function slotsOf<G extends Group>(steps: readonly number[], groups: readonly G[], rules: Rules<G>) {
  return groups
    .flatMap((group) => group.params.map((p) => ({ p, names: rules.slots(group) })))
    .flatMap(({ p, names }, i) =>
      steps[i] === 0 ? [] : names.map((name) => ({ key: `${i}.${name}`, name, p })),
    );
}

function readMemories<G extends Group>(
  { steps, state }: OptimizerState,
  groups: readonly G[],
  rules: Rules<G>,
): Map<Tensor, Memory<Slots>> {
  const all = groups.flatMap(({ params }) => params);
  const slots = slotsOf(steps, groups, rules);
  const read = (parameter: Tensor) =>
    slots
      .filter(({ p }) => p === parameter)
      .map(({ key, name }) => [name, copy(state[key])] as const);
  return new Map(
    all.flatMap((p, i) =>
      steps[i] === 0 ? [] : [[p, { t: steps[i], slots: Object.fromEntries(read(p)) }] as const],
    ),
  );
}

function slotProblem(key: string, x: unknown, p: Tensor): Problem {
  if (!(x instanceof Tensor)) return `'${key}' is missing`;
  if (sameShape(x.shape, p.shape) && x.dtype === p.dtype) return undefined;
  return `'${key}' is ${x.dtype} [${x.shape.join(', ')}], its parameter ${p.dtype} [${p.shape.join(', ')}]`;
}

function demand(operation: string, problems: readonly Problem[]): void {
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length === 0) return;
  throw new DataError(
    `${operation}.loadStateDict`,
    `the state does not fit this optimizer: ${found.join('; ')}`,
    { problems: found },
  );
}
