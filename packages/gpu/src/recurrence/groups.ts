import { operandsOf, type Program, type Ref, type Term, type Value } from '@unroll/backend';
import { MOST_INPUTS } from '../kernels/join.ts';

type Affine = Extract<Value, { kind: 'affine' }>;

/** Values that one kernel computes at each step, side by side. */
export interface Group {
  readonly refs: readonly Ref[];
  /** Columns of all. */
  readonly width: number | undefined;
  /** Where those of each begin. */
  readonly starts: readonly number[];
}

/** Whether an element of a value is a function of elements of its operands in the same row. */
export function isElementwise({ kind }: Value): boolean {
  return (
    kind === 'pointwise' || kind === 'columns' || kind === 'columnsGradient' || kind === 'concat'
  );
}

/** The values that lie somewhere, of those that a value is computed from. */
export function leavesOf(
  values: readonly Value[],
  ref: Ref,
  lies: (ref: Ref) => boolean,
): Set<Ref> {
  return new Set(
    operandsOf(values[ref]).flatMap((x) => (lies(x) ? [x] : [...leavesOf(values, x, lies)])),
  );
}

/** Where one kernel would have to read too much for a value: the operand that should lie somewhere too. */
export function widestOf(
  values: readonly Value[],
  ref: Ref,
  lies: (ref: Ref) => boolean,
): Ref | undefined {
  const width = (x: Ref) => leavesOf(values, x, lies).size;
  const inner = operandsOf(values[ref]).filter((x) => !lies(x));
  if (inner.length === 0 || width(ref) <= MOST_INPUTS) return undefined;
  return inner.reduce((a, b) => (width(b) > width(a) ? b : a));
}

export function inOrder(refs: Iterable<Ref>): Ref[] {
  return [...refs].sort((a, b) => a - b);
}

/** The kernels of one step: values that can be computed side by side are. */
export function groupsOf(
  { values }: Program,
  stored: ReadonlySet<Ref>,
  leaves: (ref: Ref) => ReadonlySet<Ref>,
): Group[] {
  const groups: Ref[][] = [];
  const placeOf = (ref: Ref) => groups.findIndex((group) => group.includes(ref));
  for (const ref of inOrder(stored)) {
    const found = groups.find((group, place) =>
      isElementwise(values[ref])
        ? joins(group, place, ref)
        : continues(values, group[group.length - 1], ref),
    );
    if (found === undefined) groups.push([ref]);
    else found.push(ref);
  }
  return groups.map((refs) => groupOf(values, refs));

  /** Pointwise values join when all that they read is there before, and is not too much for one kernel. */
  function joins(group: readonly Ref[], place: number, ref: Ref): boolean {
    const sized = [...group, ref].every((other) => typeof values[other].size === 'number');
    if (!sized || !group.every((other) => isElementwise(values[other]))) return false;
    const read = new Set([...group, ref].flatMap((other) => [...leaves(other)]));
    const before = [...leaves(ref)].every((x) => !stored.has(x) || placeOf(x) < place);
    return before && read.size <= MOST_INPUTS;
  }
}

function groupOf(values: readonly Value[], refs: readonly Ref[]): Group {
  const sizes = refs.map((ref) => values[ref].size);
  const starts = sizes.map((_, k) =>
    sizes.slice(0, k).reduce<number>((sum, size) => sum + (size as number), 0),
  );
  const last = sizes[sizes.length - 1];
  const width = typeof last === 'number' ? starts[starts.length - 1] + last : undefined;
  return { refs, width, starts };
}

/** A product of the same values with the columns that follow, of the same matrices. */
function continues(values: readonly Value[], a: Ref, b: Ref): boolean {
  const [left, right] = [values[a], values[b]];
  if (left.kind !== 'affine' || right.kind !== 'affine') return false;
  if (left.terms.length !== right.terms.length) return false;
  return (
    left.terms.every((term, k) => followsTerm(values, term, right.terms[k])) &&
    followsBias(values, left, right)
  );
}

function followsTerm(values: readonly Value[], a: Term, b: Term): boolean {
  const same = a.value === b.value && !a.transposed && !b.transposed;
  return same && follows(values[a.weight], values[b.weight]);
}

function followsBias(values: readonly Value[], a: Affine, b: Affine): boolean {
  if (a.bias === undefined || b.bias === undefined) return a.bias === b.bias;
  return follows(values[a.bias], values[b.bias]);
}

/** The columns of one window begin where those of another end. */
function follows(a: Value, b: Value): boolean {
  if (a.kind !== 'weight' || b.kind !== 'weight') return false;
  const rows = a.rows?.join() === b.rows?.join();
  return rows && a.parameter === b.parameter && a.columns[1] === b.columns[0];
}
