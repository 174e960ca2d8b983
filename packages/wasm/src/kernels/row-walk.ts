import { countUp, FunctionBuilder, type Local } from '../assembly/function.ts';
import {
  type Expression,
  f32x4,
  i32,
  type Statement,
  shuffle,
  v128,
} from '../assembly/instructions.ts';
import type { MultiplyAdd } from './tile.ts';

// Rows lie anywhere and between them lies something else, perhaps of another thread: nothing beyond a row is read or
// written. What is added up along a row has an order that depends on the length alone, so its bits are the same wherever
// the row lies.

/** Vectors that are visited together: so many sums hide the latency of adding. */
const TOGETHER = 4;

/** Four elements of a row, or one of its last ones. */
export interface Spot {
  /** Which of the vectors that are visited together. */
  readonly unit: number;
  readonly single: boolean;
  /** Elements of a row that begins at this address; those that do not exist are 0. */
  load(row: Local): Expression;
  store(row: Local, value: Expression): Statement;
}

/** Walks along rows of `n` elements: sixteen at a time, then four, then one. */
export function alongRow(
  fn: FunctionBuilder,
  n: Local,
  visit: (spots: readonly Spot[]) => Statement[],
): Statement[] {
  const at = fn.local('i32');
  const wide = Array.from({ length: TOGETHER }, (_, unit) => spotAt(at, unit, false));
  const endOf = (mask: number) => i32.shl(i32.and(n.get, i32.const(mask)), i32.const(2));
  return [
    at.set(i32.const(0)),
    countUp(at, endOf(-4 * TOGETHER), 16 * TOGETHER, ...visit(wide)),
    countUp(at, endOf(-4), 16, ...visit([spotAt(at, 0, false)])),
    countUp(at, endOf(-1), 4, ...visit([spotAt(at, 0, true)])),
  ];
}

/** The same for what is done at each spot alone. */
export function atEach(
  visit: (spot: Spot) => Statement[],
): (spots: readonly Spot[]) => Statement[] {
  return (spots) => spots.flatMap(visit);
}

function spotAt(at: Local, unit: number, single: boolean): Spot {
  const address = (row: Local) => i32.add(row.get, at.get);
  return {
    unit,
    single,
    load: (row) => (single ? v128.loadZero : v128.load)(address(row), 16 * unit),
    store: (row, value) =>
      single ? v128.storeLane(address(row), value, 0) : v128.store(address(row), value, 16 * unit),
  };
}

const SWAPPED = [2, 3, 0, 1];
const NEIGHBOURS = [1, 0, 3, 2];

/** Something of all elements of a row: a sum in each lane of each unit, which are put together at the end. */
export class RowTotal {
  readonly begin: Statement[];
  /** In all four lanes. */
  readonly total: Expression;
  readonly units: readonly Local[];

  constructor(
    fn: FunctionBuilder,
    combine: (x: Expression, y: Expression) => Expression = f32x4.add,
    neutral = 0,
  ) {
    this.units = fn.locals('v128', TOGETHER);
    this.begin = this.units.map((unit) => unit.set(f32x4.const(neutral)));
    const [a, b, c, d] = this.units;
    const four = combine(combine(a.get, b.get), combine(c.get, d.get));
    const two = combine(a.tee(four), shuffle(a.get, a.get, SWAPPED));
    this.total = combine(a.tee(two), shuffle(a.get, a.get, NEIGHBOURS));
  }
}

/** Σ xᵢ·yᵢ in the making. */
export function addProduct(
  madd: MultiplyAdd,
  { units }: RowTotal,
  { unit }: Spot,
  x: Expression,
  y: Expression,
): Statement {
  return units[unit].set(madd(x, y, units[unit].get));
}

/** Σ xᵢ in the making. */
export function addTo({ units }: RowTotal, { unit }: Spot, x: Expression): Statement {
  return units[unit].set(f32x4.add(units[unit].get, x));
}

/** A pointer to rows and the bytes from one to the next. */
interface Walked {
  readonly pointer: Local;
  readonly stride: Local;
}

/** A function over rows in the making. Parameters: rows, an address and a stride for each port, then whatever else. */
export class RowFunction {
  readonly fn: FunctionBuilder;
  readonly rest: readonly Local[];
  readonly pointers: readonly Local[];
  readonly #ports: readonly Walked[];

  constructor(name: string, ports: number, rest: number) {
    this.fn = new FunctionBuilder(name, 1 + 2 * ports + rest);
    const { parameters } = this.fn;
    this.#ports = Array.from({ length: ports }, (_, i) => {
      return { pointer: parameters[1 + 2 * i], stride: parameters[2 + 2 * i] };
    });
    this.pointers = this.#ports.map(({ pointer }) => pointer);
    this.rest = parameters.slice(1 + 2 * ports);
  }

  /** Emits the loop over rows. */
  eachRow(before: readonly Statement[], body: readonly Statement[]): FunctionBuilder {
    const row = this.fn.local('i32');
    const advance = this.#ports.map(({ pointer, stride }) =>
      pointer.set(i32.add(pointer.get, stride.get)),
    );
    const [rows] = this.fn.parameters;
    this.fn.emit(...before, countUp(row, rows.get, 1, ...body, ...advance));
    return this.fn;
  }
}
