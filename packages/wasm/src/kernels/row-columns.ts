import { countUp, type FunctionBuilder, type Local } from '../assembly/function.ts';
import { type Expression, f32, f32x4, i32, type Statement } from '../assembly/instructions.ts';
import { alongRow, atEach, RowFunction } from './row-walk.ts';

/** Columns of each row. Ports: x, y. Then: how many. */
export function copyColumnsFunction(): FunctionBuilder {
  const made = new RowFunction('copyColumns', 2, 1);
  const { fn, pointers, rest } = made;
  const [x, y] = pointers;
  return made.eachRow(
    [],
    alongRow(
      fn,
      rest[0],
      atEach((spot) => [spot.store(y, spot.load(x))]),
    ),
  );
}

/** Zeros in the columns of each row. Ports: y. Then: how many. */
export function clearColumnsFunction(): FunctionBuilder {
  const made = new RowFunction('clearColumns', 1, 1);
  const { fn, pointers, rest } = made;
  const clear = atEach((spot) => [spot.store(pointers[0], f32x4.const(0))]);
  return made.eachRow([], alongRow(fn, rest[0], clear));
}

/** Zeros in the elements of a row from `from` to `n`. */
export function clearFrom(
  fn: FunctionBuilder,
  row: Local,
  from: Expression,
  n: Expression,
): Statement[] {
  const at = fn.local('i32');
  const address = i32.add(row.get, i32.shl(at.get, i32.const(2)));
  return [at.set(from), countUp(at, n, 1, f32.store(address, f32.const(0)))];
}
