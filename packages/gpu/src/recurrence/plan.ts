import { isSource, operandsOf, type Program, type Ref } from '@unroll/backend';
import { type Group, groupsOf, inOrder, isElementwise, leavesOf, widestOf } from './groups.ts';

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
  const isLeaf = (ref: Ref) => stored.has(ref) || !moving[ref] || !isElementwise(values[ref]);
  relieve(program, stored, isLeaf);
  const loop = groupsOf(program, stored, (ref) => leavesOf(values, ref, isLeaf));
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
function relieve({ values }: Program, stored: Set<Ref>, isLeaf: (ref: Ref) => boolean): void {
  const widest = (ref: Ref) => widestOf(values, ref, isLeaf);
  const narrow = (ref: Ref): void => {
    for (let x = widest(ref); x !== undefined; x = widest(ref)) {
      narrow(x);
      stored.add(x);
    }
  };
  for (const ref of inOrder(stored)) if (isElementwise(values[ref])) narrow(ref);
}
