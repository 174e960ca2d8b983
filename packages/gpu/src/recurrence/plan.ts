import { isSource, operandsOf, type Program, type Ref } from '@unroll/backend';
import { MOST_INPUTS } from '../kernels/join.ts';
import { type Group, groupsOf, inOrder, isElementwise } from './groups.ts';

/**
 * How a program runs. Values that no state reaches are computed for all steps at once, as are those that reach no state;
 * of the others, only products, row operations and what is carried or read by these has a kernel at each step. A
 * pointwise value has none: whoever reads it computes it.
 */
export interface Plan {
  readonly program: Program;
  /** Whether a value is computed from a state. */
  readonly moving: readonly boolean[];
  /** The kernels of one step, in order. */
  readonly loop: readonly Group[];
  readonly groupOf: ReadonlyMap<Ref, Group>;
}

const plans = new WeakMap<Program, Plan>();

export function planOf(program: Program): Plan {
  const plan = plans.get(program) ?? makePlan(program);
  plans.set(program, plan);
  return plan;
}

function makePlan(program: Program): Plan {
  const { values, states } = program;
  const moving: boolean[] = [];
  values.forEach((value, ref) => {
    moving[ref] = value.kind === 'state' || operandsOf(value).some((x) => moving[x]);
  });
  const carries = reaching(program);
  const stored = new Set<Ref>();
  const store = (ref: Ref) => {
    if (moving[ref] && !isSource(values[ref])) stored.add(ref);
  };
  for (const { next } of states) store(next);
  values.forEach((value, ref) => {
    if (!carries[ref] || !moving[ref] || isSource(value) || isElementwise(value)) return;
    store(ref);
    for (const operand of operandsOf(value)) store(operand);
  });
  const leaves = (ref: Ref): Set<Ref> =>
    new Set(operandsOf(values[ref]).flatMap((x) => (isLeaf(x) ? [x] : [...leaves(x)])));
  const isLeaf = (ref: Ref) => stored.has(ref) || !moving[ref] || !isElementwise(values[ref]);
  relieve(program, stored, leaves, isLeaf);
  const loop = groupsOf(program, stored, leaves);
  const groupOf = new Map(loop.flatMap((group) => group.refs.map((ref) => [ref, group] as const)));
  return { program, moving, loop, groupOf };
}

/** Which values some state of the next step is computed from. */
function reaching({ values, states }: Program): boolean[] {
  const carries = values.map(() => false);
  for (const { next } of states) carries[next] = true;
  for (let ref = values.length - 1; ref >= 0; ref--) {
    if (carries[ref]) for (const operand of operandsOf(values[ref])) carries[operand] = true;
  }
  return carries;
}

/** Gives pointwise values a kernel of their own where a reader would have to read too many others. */
function relieve(
  { values }: Program,
  stored: Set<Ref>,
  leaves: (ref: Ref) => Set<Ref>,
  isLeaf: (ref: Ref) => boolean,
): void {
  const narrow = (ref: Ref): void => {
    while (leaves(ref).size > MOST_INPUTS) {
      const inner = operandsOf(values[ref]).filter((x) => !isLeaf(x));
      if (inner.length === 0) return;
      const widest = inner.reduce((a, b) => (leaves(b).size > leaves(a).size ? b : a));
      narrow(widest);
      stored.add(widest);
    }
  };
  for (const ref of inOrder(stored)) if (isElementwise(values[ref])) narrow(ref);
}
