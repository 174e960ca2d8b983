import { countUp, FunctionBuilder } from '../assembly/function.ts';
import { f32, f32x4, i32, type Statement, v128, when } from '../assembly/instructions.ts';

/**
 * Sets `rows` rows of `n` columns to one vector, or to 0 where its address is 0. Parameters: target, bytes from row to
 * row, vector, n, rows.
 */
export function fillRowsFunction(): FunctionBuilder {
  const fn = new FunctionBuilder('fillRows', 5);
  const [target, stride, vector, n, rows] = fn.parameters;
  const [row, at, whole] = fn.locals('i32', 3);
  const from = i32.add(vector.get, at.get);
  const to = i32.add(target.get, at.get);
  const end = i32.shl(n.get, i32.const(2));
  const columns = (wide: Statement, single: Statement): Statement[] => [
    at.set(i32.const(0)),
    countUp(at, whole.get, 16, wide),
    countUp(at, end, 4, single),
  ];
  fn.emit(
    whole.set(i32.shl(i32.and(n.get, i32.const(-4)), i32.const(2))),
    countUp(
      row,
      rows.get,
      1,
      when(
        vector.get,
        columns(v128.store(to, v128.load(from)), f32.store(to, f32.load(from))),
        columns(v128.store(to, f32x4.const(0)), f32.store(to, f32.const(0))),
      ),
      target.set(i32.add(target.get, stride.get)),
    ),
  );
  return fn;
}

/**
 * target += x, element by element, over `rows` rows of `n` columns. A stride of 0 for the target gives column sums.
 * Parameters: target, bytes between its rows, x, bytes between its rows, n, rows.
 */
export function addRowsFunction(): FunctionBuilder {
  const fn = new FunctionBuilder('addRows', 6);
  const [target, targetStride, x, xStride, n, rows] = fn.parameters;
  const [row, at, whole] = fn.locals('i32', 3);
  const from = i32.add(x.get, at.get);
  const to = i32.add(target.get, at.get);
  fn.emit(
    whole.set(i32.shl(i32.and(n.get, i32.const(-4)), i32.const(2))),
    countUp(
      row,
      rows.get,
      1,
      at.set(i32.const(0)),
      countUp(at, whole.get, 16, v128.store(to, f32x4.add(v128.load(to), v128.load(from)))),
      countUp(
        at,
        i32.shl(n.get, i32.const(2)),
        4,
        f32.store(to, f32.add(f32.load(to), f32.load(from))),
      ),
      target.set(i32.add(target.get, targetStride.get)),
      x.set(i32.add(x.get, xStride.get)),
    ),
  );
  return fn;
}
