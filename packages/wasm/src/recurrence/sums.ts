import type { Program, Ref, Sum, Value } from '@unroll/backend';
import { firstsOf, type JobSum, type Rows } from '../job/job.ts';
import { isSumNative } from './native.ts';
import type { SourceEntries } from './prepare.ts';
import type { SumPlan } from './products.ts';
import type { Places } from './row-calls.ts';
import { placesOf, type Run } from './run.ts';
import type { Summed } from './targets.ts';
import { widthOf } from './weights.ts';

/** Where a gradient lies that sums are added to. */
type TargetOf = (kind: Summed, name: string) => number;

/** Where the sums find their operands. */
export interface Summing {
  /** A value of all steps. */
  readonly everyRow: (ref: Ref) => Rows;
  readonly entries: SourceEntries;
}

/** The sums over all steps with the addresses of what they read and write. */
export function sumsOf(run: Run, targetOf: TargetOf, { everyRow, entries }: Summing): JobSum[] {
  const { program, sums } = run.compiled.plan;
  const { batchSizes } = run.schedule;
  const total = firstsOf(batchSizes)[batchSizes.length];
  const products = sums.map(({ left, rights, matrix }: SumPlan): JobSum => {
    const { parameter, rows, columns } = matrix;
    const width = widthOf(program, parameter);
    const product = {
      left: everyRow(left),
      right: everyRow(rights[0]),
      m: rows[1] - rows[0],
      n: columns[1] - columns[0],
    };
    return {
      kind: 'product',
      ...product,
      native: isSumNative(run.machine, product, total),
      column: columns[0],
      width,
      target: targetOf('weight', parameter) + 4 * (rows[0] * width + columns[0]),
      stride: 4 * width,
    };
  });
  const places: Places = { ...placesOf(run), rows: everyRow };
  const others = program.sums.flatMap((sum): JobSum[] => {
    if (sum.kind === 'product') return [];
    const source = run.compiled.sources[sum.into];
    const into = { ...program.values[sum.into], ...(source && { size: entries.get(source) }) };
    return [sumInto(sum, targetIn(program, into as Value, targetOf), places)];
  });
  return [...products, ...others];
}

/** Columns of a gradient: `n` from `column` on of something `width` wide, and where they lie. */
type Target = Pick<JobSum, 'n' | 'column' | 'width'> & { readonly target: number };

function targetIn(program: Program, into: Value, targetOf: TargetOf): Target {
  const n = into.size as number;
  if (into.kind === 'weight') {
    const column = into.columns[0];
    const target = targetOf('weight', into.parameter) + 4 * column;
    return { n, column, width: widthOf(program, into.parameter), target };
  }
  const kind = into.kind === 'memory' ? 'memory' : 'sequence';
  return { n, column: 0, width: n, target: targetOf(kind, into.name) };
}

function sumInto(
  sum: Exclude<Sum, { kind: 'product' }>,
  { target, ...where }: Target,
  places: Places,
): JobSum {
  const { rows, lengths } = places;
  switch (sum.kind) {
    case 'columns':
    case 'steps':
      return { kind: sum.kind, x: rows(sum.value), target, ...where };
    case 'outer': {
      const into = { ...rows(sum.into), address: target };
      const ports = [rows(sum.weights), rows(sum.vector), lengths(sum.weights), into];
      const cut = [false, true, false, true];
      return { kind: 'rows', name: 'addOuter', ports, cut, constants: [4 * where.n], ...where };
    }
    case 'additiveKeys': {
      const into = { ...rows(sum.into), address: target };
      const read = [sum.query, sum.into, sum.vector, sum.gradient].map(rows);
      const ports = [...read, lengths(sum.gradient), into];
      const cut = [true, true, true, false, false, true];
      return { kind: 'rows', name: 'addKeys', ports, cut, constants: [4 * where.n], ...where };
    }
    case 'additiveVector': {
      const into = { address: target, stride: 0, everyRow: false };
      const read = [sum.query, sum.memory, sum.gradient].map(rows);
      const ports = [...read, lengths(sum.gradient), into];
      const cut = [true, true, false, false, true];
      return { kind: 'rows', name: 'addVector', ports, cut, constants: [4 * where.n], ...where };
    }
  }
}
