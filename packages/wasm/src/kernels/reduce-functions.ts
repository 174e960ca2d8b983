import { countUp, FunctionBuilder } from '../assembly/function.ts';
import { i32, type Statement, v128 } from '../assembly/instructions.ts';
import type { MakeAccumulator } from './accumulator.ts';
import { takeLine } from './lines.ts';
import { times4 } from './shorthand.ts';

/** Vectors of columns that are walked down together: a line of the cache. */
const TOGETHER = 4;

/** One result for each row. Parameters: x, y, elements of a row, rows. */
export function reduceRowsFunction(name: string, make: MakeAccumulator): FunctionBuilder {
  const fn = new FunctionBuilder(name, 4);
  const [x, y, n, rows] = fn.parameters;
  const row = fn.local('i32');
  const accumulator = make(fn);
  fn.emit(
    countUp(
      row,
      rows.get,
      1,
      ...accumulator.begin,
      ...takeLine(fn, x, n, accumulator),
      v128.storeLane(y.get, accumulator.one, 0),
      x.set(i32.add(x.get, times4(n.get))),
      y.set(i32.add(y.get, i32.const(4))),
    ),
  );
  return fn;
}

/** One result for each column; writes up to three too many. Parameters: x, y, columns, rows. */
export function reduceColumnsFunction(name: string, make: MakeAccumulator): FunctionBuilder {
  const fn = new FunctionBuilder(name, 4);
  const [x, y, n, rows] = fn.parameters;
  const [column, row, from, whole] = fn.locals('i32', 4);
  const accumulators = Array.from({ length: TOGETHER }, () => make(fn));
  const pass = (vectors: number): Statement[] => {
    const used = accumulators.slice(0, vectors);
    return [
      ...used.flatMap(({ begin }) => begin),
      from.set(i32.add(x.get, times4(column.get))),
      row.set(i32.const(0)),
      countUp(
        row,
        rows.get,
        1,
        ...used.flatMap(({ add }, i) => add(v128.load(from.get, 16 * i))),
        from.set(i32.add(from.get, times4(n.get))),
      ),
      ...used.map(({ four }, i) => v128.store(i32.add(y.get, times4(column.get)), four, 16 * i)),
    ];
  };
  const step = 4 * TOGETHER;
  fn.emit(
    whole.set(i32.and(n.get, i32.const(-step))),
    countUp(column, whole.get, step, ...pass(TOGETHER)),
    countUp(column, n.get, 4, ...pass(1)),
  );
  return fn;
}
