import {
  type Program,
  type Ref,
  type ScanBackward,
  type Size,
  type Sum,
  sizeOf,
  type Value,
} from '@unroll/backend';
import type { Machine } from '../machine/machine.ts';
import { type HostMemory, hostMemory } from '../memory/host-memory.ts';
import { bringZeros, widthOf } from './bind.ts';
import { firstsOf, type JobSum, type Rows } from './job.ts';
import { isSumNative } from './native.ts';
import { columnsFor, type SourceEntries } from './prepare.ts';
import type { SumPlan } from './products.ts';
import type { Places } from './row-calls.ts';
import { placesOf, type Run } from './run.ts';

export type Summed = 'weight' | 'sequence' | 'memory';

/** The gradients of parameters, memories and per-sequence values: zeros to which the sums are added. */
export class Targets {
  readonly #machine: Machine;
  readonly #lengths = new Map<string, number>();
  readonly #addresses = new Map<string, number>();

  constructor(
    { forward: { program, schedule } }: ScanBackward,
    { machine }: Run,
    entries: SourceEntries,
  ) {
    this.#machine = machine;
    const [batch] = schedule.batchSizes;
    const columns = (size: Size) => columnsFor(size, entries);
    for (const { name, shape } of program.parameters) {
      this.#lengths.set(`weight ${name}`, sizeOf(shape));
    }
    for (const value of program.values) {
      const { kind, name, size } = value;
      if (kind === 'sequence') this.#lengths.set(`sequence ${name}`, batch * columns(size));
      if (kind !== 'memory') continue;
      const all = batch * columns({ source: value.source }) * columns(size);
      this.#lengths.set(`memory ${name}`, all);
    }
  }

  address(kind: Summed, name: string): number {
    const key = `${kind} ${name}`;
    const address =
      this.#addresses.get(key) ?? bringZeros(this.#machine, this.#lengths.get(key) ?? 0);
    this.#addresses.set(key, address);
    return address;
  }

  read(kind: Summed, name: string): HostMemory {
    const start = this.address(kind, name) / 4;
    const length = this.#lengths.get(`${kind} ${name}`) ?? 0;
    return hostMemory('float32', this.#machine.heap.floats.slice(start, start + length));
  }
}

/** Where the sums find their operands. */
export interface Summing {
  /** A value of all steps. */
  readonly everyRow: (ref: Ref) => Rows;
  readonly entries: SourceEntries;
}

/** The sums over all steps with the addresses of what they read and write. */
export function sumsOf(run: Run, targets: Targets, { everyRow, entries }: Summing): JobSum[] {
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
      target: targets.address('weight', parameter) + 4 * (rows[0] * width + columns[0]),
      stride: 4 * width,
    };
  });
  const places: Places = { ...placesOf(run), rows: everyRow };
  const others = program.sums.flatMap((sum): JobSum[] => {
    if (sum.kind === 'product') return [];
    const source = run.compiled.sources[sum.into];
    const into = { ...program.values[sum.into], ...(source && { size: entries.get(source) }) };
    return [sumInto(sum, targetOf(program, into as Value, targets), places)];
  });
  return [...products, ...others];
}

/** Columns of a gradient: `n` from `column` on of something `width` wide, and where they lie. */
type Target = Pick<JobSum, 'n' | 'column' | 'width'> & { readonly target: number };

function targetOf(program: Program, into: Value, targets: Targets): Target {
  const n = into.size as number;
  if (into.kind === 'weight') {
    const column = into.columns[0];
    const target = targets.address('weight', into.parameter) + 4 * column;
    return { n, column, width: widthOf(program, into.parameter), target };
  }
  const kind = into.kind === 'memory' ? 'memory' : 'sequence';
  return { n, column: 0, width: n, target: targets.address(kind, into.name) };
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
