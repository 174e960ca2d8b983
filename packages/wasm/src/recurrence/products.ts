import type { Program, Ref, Value, Window } from '@unroll/backend';
import type { Layout } from './layout.ts';

type Weight = Extract<Value, { kind: 'weight' }>;

/** A window of a parameter as the right side of a product: `[k, n]`, or its transpose. */
export interface Matrix {
  readonly parameter: string;
  readonly rows: Window;
  readonly columns: Window;
  readonly transposed: boolean;
}

/** Rows and columns of the right side of a product. */
export function sizesOf({ rows, columns, transposed }: Matrix): { k: number; n: number } {
  const [height, width] = [rows[1] - rows[0], columns[1] - columns[0]];
  return transposed ? { k: width, n: height } : { k: height, n: width };
}

/** The same for the same window. */
export function keyOf({ parameter, rows, columns, transposed }: Matrix): string {
  return `${parameter} ${rows} ${columns} ${transposed}`;
}

/** operands · matrix, added to results: values side by side on either hand. */
export interface ProductPlan {
  readonly operands: readonly Ref[];
  readonly results: readonly Ref[];
  readonly matrix: Matrix;
}

/** A weight gradient over all rows: leftᵀ · rights, into neighbouring columns of a window. */
export interface SumPlan {
  readonly left: Ref;
  readonly rights: readonly Ref[];
  readonly matrix: Matrix;
}

/** The products of the given terms, with those made one that can be. */
export function productsOf(
  program: Program,
  layout: Layout,
  terms: readonly {
    readonly result: Ref;
    readonly value: Ref;
    readonly weight: Ref;
    readonly transposed: boolean;
  }[],
): ProductPlan[] {
  const single = terms.map(
    ({ result, value, weight, transposed }): ProductPlan => ({
      operands: [value],
      results: [result],
      matrix: matrixOf(program.values[weight] as Weight, transposed),
    }),
  );
  const wide = merge(single, (a, b) => joined(program, layout, a, b, 'results'));
  return merge(wide, (a, b) => joined(program, layout, a, b, 'operands'));
}

export function sumsOf(program: Program, layout: Layout): SumPlan[] {
  const single = program.sums.flatMap((sum) => {
    if (sum.kind !== 'product') return [];
    const matrix = matrixOf(program.values[sum.into] as Weight, false);
    return [{ left: sum.left, rights: [sum.right], matrix }];
  });
  return merge(single, (a, b) => {
    if (a.left !== b.left || !neighbours(a.matrix, b.matrix)) return undefined;
    if (!adjacent(program, layout, a.rights, b.rights)) return undefined;
    return { ...a, rights: [...a.rights, ...b.rights], matrix: widened(a.matrix, b.matrix) };
  });
}

/** Joins b to a, when the side named grows and the other is the same. */
function joined(
  program: Program,
  layout: Layout,
  a: ProductPlan,
  b: ProductPlan,
  side: 'results' | 'operands',
): ProductPlan | undefined {
  const other = side === 'results' ? 'operands' : 'results';
  if (a.matrix.transposed !== (side === 'operands')) return undefined;
  if (!neighbours(a.matrix, b.matrix) || a[other].join() !== b[other].join()) return undefined;
  if (!adjacent(program, layout, a[side], b[side])) return undefined;
  return { ...a, [side]: [...a[side], ...b[side]], matrix: widened(a.matrix, b.matrix) };
}

function matrixOf({ parameter, rows = [0, 1], columns }: Weight, transposed: boolean): Matrix {
  return { parameter, rows, columns, transposed };
}

function neighbours(a: Matrix, b: Matrix): boolean {
  const key = ({ parameter, rows, transposed }: Matrix) => `${parameter} ${rows} ${transposed}`;
  return key(a) === key(b) && a.columns[1] === b.columns[0];
}

function widened(a: Matrix, b: Matrix): Matrix {
  return { ...a, columns: [a.columns[0], b.columns[1]] };
}

/** Whether the second values begin where the first ones end, in one buffer. */
function adjacent(
  program: Program,
  { places }: Layout,
  a: readonly Ref[],
  b: readonly Ref[],
): boolean {
  const last = a[a.length - 1];
  const [end, start] = [places.get(last), places.get(b[0])];
  if (!end || !start || end.buffer !== start.buffer) return false;
  return end.column + (program.values[last].size as number) === start.column;
}

/** Merges pairs until none is left that can be; an order by columns makes neighbours meet. */
function merge<T extends { readonly matrix: Matrix }>(
  list: readonly T[],
  join: (a: T, b: T) => T | undefined,
): T[] {
  const sorted = [...list].sort((a, b) => a.matrix.columns[0] - b.matrix.columns[0]);
  const out: T[] = [];
  for (const item of sorted) {
    const at = out.findIndex((other) => join(other, item) !== undefined);
    if (at < 0) out.push(item);
    else out[at] = join(out[at], item) as T;
  }
  return out;
}
