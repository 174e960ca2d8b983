import { countUp, FunctionBuilder } from '../assembly/function.ts';
import {
  type Expression,
  f32x4,
  i32,
  i32x4,
  type Statement,
  shuffle,
  v128,
  when,
} from '../assembly/instructions.ts';
import { alongLine } from './lines.ts';
import { addProduct, alongRow, atEach, RowFunction, RowTotal } from './row-walk.ts';
import { times4 } from './shorthand.ts';
import type { MultiplyAdd } from './tile.ts';

/**
 * Rows times a factor, from where a table says to rows without gaps (`gatherRows`), or the other way (`scatterRows`).
 * Parameters: rows, table, the memory it speaks of, bytes from row to row there, the other memory, elements of a row, bits
 * of the factor.
 */
function tableRowsFunction(name: 'gatherRows' | 'scatterRows'): FunctionBuilder {
  const fn = new FunctionBuilder(name, 7);
  const [rows, table, there, stride, here, n, bits] = fn.parameters;
  const [row, at] = fn.locals('i32', 2);
  const factor = fn.local('v128');
  const [from, to] = name === 'gatherRows' ? [at, here] : [here, at];
  fn.emit(
    factor.set(i32x4.splat(bits.get)),
    countUp(
      row,
      rows.get,
      1,
      at.set(i32.add(there.get, i32.mul(i32.load(table.get), stride.get))),
      ...alongRow(
        fn,
        n,
        atEach((spot) => [spot.store(to, f32x4.mul(spot.load(from), factor.get))]),
      ),
      here.set(i32.add(here.get, times4(n.get))),
      table.set(i32.add(table.get, i32.const(4))),
    ),
  );
  return fn;
}

/** Σ xᵢ·yᵢ of each row. Ports: x, y, sums. Then: elements of a row. */
function rowDotsFunction(madd: MultiplyAdd): FunctionBuilder {
  const made = new RowFunction('rowDots', 3, 1);
  const { fn, pointers, rest } = made;
  const [x, y, sums] = pointers;
  const total = new RowTotal(fn);
  const add = atEach((spot) => [addProduct(madd, total, spot, spot.load(x), spot.load(y))]);
  return made.eachRow(
    [],
    [...total.begin, ...alongRow(fn, rest[0], add), v128.storeLane(sums.get, total.total, 0)],
  );
}

const EVEN = [0, 0, 2, 2];
const ODD = [1, 1, 3, 3];
const PAIRED = [1, 0, 3, 2];

/**
 * Turns the pairs of rows without gaps in place: (a, b) → (a·cos − b·sin, a·sin + b·cos). Reads up to two elements beyond.
 * Parameters: rows, x, turns (cosine and sine of each pair, row by row), elements of a row, whether to turn back.
 */
function turnRowsFunction(madd: MultiplyAdd): FunctionBuilder {
  const fn = new FunctionBuilder('turnRows', 5);
  const [rows, x, turns, n, back] = fn.parameters;
  const row = fn.local('i32');
  const [value, turn, turned, sign] = fn.locals('v128', 4);
  const bytes = times4(n.get);
  const visit = (at: Expression, mask: Expression | undefined): Statement[] => {
    const cosine = shuffle(turn.get, turn.get, EVEN);
    const sine = v128.xor(shuffle(turn.get, turn.get, ODD), sign.get);
    const swapped = shuffle(value.get, value.get, PAIRED);
    return [
      value.set(v128.load(at)),
      turn.set(v128.load(i32.add(at, i32.sub(turns.get, x.get)))),
      turned.set(madd(swapped, sine, f32x4.mul(value.get, cosine))),
      v128.store(at, mask ? v128.select(turned.get, value.get, mask) : turned.get),
    ];
  };
  fn.emit(
    sign.set(v128.const([NEGATIVE, 0, NEGATIVE, 0])),
    when(back.get, [sign.set(v128.const([0, NEGATIVE, 0, NEGATIVE]))]),
    countUp(
      row,
      rows.get,
      1,
      ...alongLine(fn, x, n, visit),
      x.set(i32.add(x.get, bytes)),
      turns.set(i32.add(turns.get, bytes)),
    ),
  );
  return fn;
}

/** The sign of a float. */
const NEGATIVE = -0x80000000;

/** What attention does to rows of one head: there, back, turned, and multiplied with each other. */
export function attentionRowFunctions(madd: MultiplyAdd): FunctionBuilder[] {
  return [
    tableRowsFunction('gatherRows'),
    tableRowsFunction('scatterRows'),
    rowDotsFunction(madd),
    turnRowsFunction(madd),
  ];
}
