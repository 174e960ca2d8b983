import type { Program, Ref, Term, Value } from '@unroll/backend';

type Weight = Extract<Value, { kind: 'weight' }>;

/** Columns of a value within a buffer; several values lie side by side in one, so that one product serves them all. */
interface Place {
  readonly buffer: number;
  readonly column: number;
}

/** Rows of floats, without gaps between them. */
interface Buffer {
  readonly columns: number;
  /** The values in it, from left to right. */
  readonly values: readonly Ref[];
}

export interface Layout {
  readonly buffers: readonly Buffer[];
  /** Where each value lies that has memory of its own. */
  readonly places: ReadonlyMap<Ref, Place>;
}

/**
 * Lays values out. Side by side go, where no earlier wish stands against it: results of products of one operand with
 * neighbouring columns of one matrix; operands of transposed products with neighbouring columns; right sides of weight
 * gradients of neighbouring columns.
 */
export function layOut(program: Program, stored: ReadonlySet<Ref>): Layout {
  const buffers: Buffer[] = [];
  const places = new Map<Ref, Place>();
  const put = (values: readonly Ref[]) => {
    let column = 0;
    for (const ref of values) {
      places.set(ref, { buffer: buffers.length, column });
      column += program.values[ref].size as number;
    }
    buffers.push({ columns: column, values });
  };
  for (const wish of wishes(program)) {
    for (const row of runs(wish, (ref) => stored.has(ref) && !places.has(ref))) {
      if (row.length > 1) put(row);
    }
  }
  for (const ref of stored) if (!places.has(ref)) put([ref]);
  return { buffers, places };
}

interface Wished {
  readonly ref: Ref;
  readonly from: number;
  readonly to: number;
}

/** Lists of values with the columns that they stand for, most useful first. */
function wishes(program: Program): Wished[][] {
  const { values, sums } = program;
  const groups = new Map<string, Wished[]>();
  const wish = (key: string, ref: Ref, { columns }: Weight) => {
    const list = groups.get(key) ?? [];
    if (!list.some((other) => other.ref === ref))
      list.push({ ref, from: columns[0], to: columns[1] });
    groups.set(key, list);
  };
  const weightOf = (ref: Ref) => values[ref] as Weight;
  const eachTerm = (fn: (term: Term, result: Ref) => void) => {
    for (const [result, value] of values.entries()) {
      if (value.kind === 'affine') for (const term of value.terms) fn(term, result);
    }
  };
  eachTerm((term, result) => {
    const weight = weightOf(term.weight);
    if (!term.transposed) wish(`results ${term.value} ${matrixKey(weight)}`, result, weight);
  });
  eachTerm((term, result) => {
    const weight = weightOf(term.weight);
    if (term.transposed) wish(`operands ${result} ${matrixKey(weight)}`, term.value, weight);
  });
  for (const sum of sums) {
    if (sum.kind !== 'product') continue;
    const weight = weightOf(sum.into);
    wish(`gradients ${sum.left} ${matrixKey(weight)}`, sum.right, weight);
  }
  return [...groups.values()].map((list) => list.sort((a, b) => a.from - b.from));
}

/** Windows with one key differ in their columns only. */
function matrixKey({ parameter, rows }: Weight): string {
  return `${parameter} ${rows?.join()}`;
}

/** Cuts a wish into rows of free values whose columns are neighbours. */
function runs(wish: readonly Wished[], free: (ref: Ref) => boolean): Ref[][] {
  const found: Ref[][] = [];
  let end: number | undefined;
  for (const { ref, from, to } of wish) {
    if (!free(ref)) {
      end = undefined;
      continue;
    }
    if (from === end) found[found.length - 1].push(ref);
    else found.push([ref]);
    end = to;
  }
  return found;
}
