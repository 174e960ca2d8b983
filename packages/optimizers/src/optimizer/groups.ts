import { isFloating, unknownOptions } from '@unroll/backend';
import { asTensor, type Tensor } from '@unroll/tensor';
import { must, type Problem, refuse } from './problems.ts';

/** What every optimizer has. */
export interface OptimizerOptions {
  /** Learning rate η. */
  lr: number;
}

/** ParameterInput that share options. The options may be changed between steps. */
export type ParameterGroup<O extends OptimizerOptions> = O & {
  readonly params: readonly Tensor[];
  /** The learning rate that schedules start from; written by the first one. */
  initialLr?: number;
};

/** What an optimizer is made for: tensors, or groups of tensors with options of their own. */
export type ParameterInput<O extends OptimizerOptions> =
  | readonly Tensor[]
  | readonly GroupInput<O>[];

type GroupInput<O extends OptimizerOptions> = Partial<O> & { readonly params: readonly Tensor[] };

/** Groups with all their options: the group's own before those of the call before the defaults. */
export function makeGroups<O extends OptimizerOptions>(
  operation: string,
  params: ParameterInput<O>,
  options: Partial<O>,
  defaults: O,
): ParameterGroup<O>[] {
  const inputs = asGroups(operation, params);
  refuse(operation, [
    ...unknownOptions(options, defaults),
    ...inputs.flatMap(({ params: _, ...own }) => unknownOptions(own, defaults)),
    ...parameterProblems(operation, inputs),
  ]);
  return inputs.map(({ params: own, ...rest }) => ({
    ...structuredClone(defaults),
    ...structuredClone(given(options)),
    ...structuredClone(given(rest)),
    params: [...own],
  }));
}

/** A list of tensors is one group. */
function asGroups<O extends OptimizerOptions>(
  operation: string,
  params: ParameterInput<O>,
): readonly GroupInput<O>[] {
  const entries: readonly unknown[] = Array.isArray(params) ? params : [];
  const groups = entries.filter(isGroup).length;
  const uniform = groups === 0 || groups === entries.length;
  refuse(operation, [
    must(
      Array.isArray(params),
      'the parameters',
      'be a list of tensors or of groups',
      typeof params,
    ),
    must(uniform, 'the list', 'hold tensors or groups', 'both'),
  ]);
  return groups > 0
    ? (params as readonly GroupInput<O>[])
    : [{ params } as unknown as GroupInput<O>];
}

function isGroup(entry: unknown): boolean {
  return typeof entry === 'object' && entry !== null && 'params' in entry;
}

function parameterProblems(
  operation: string,
  groups: readonly { readonly params: readonly Tensor[] }[],
): Problem[] {
  const places = new Map<Tensor, string>();
  const problems = groups.flatMap(({ params }, group) =>
    params.map((p, i) => {
      const place = groups.length > 1 ? `parameter ${i} of group ${group}` : `parameter ${i}`;
      const before = places.get(asTensor(operation, p));
      places.set(p, place);
      return before ? `${place} is the same tensor as ${before}` : parameterProblem(p, place);
    }),
  );
  return [must(problems.length > 0, 'the list of parameters', 'not be empty', '[]'), ...problems];
}

function parameterProblem(p: Tensor, place: string): Problem {
  if (!isFloating(p.dtype)) return `${place} is ${p.dtype}; only floating tensors can be trained`;
  if (!p.node) return undefined;
  return `${place} was computed by ${p.node.name}; hand in the leaf that it was computed from, or parameter(x)`;
}

/** Options without those that are undefined, which would hide a default. */
function given<O extends object>(options: O): O {
  return Object.fromEntries(Object.entries(options).filter(([, x]) => x !== undefined)) as O;
}
