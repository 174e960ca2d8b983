import { countUp, FunctionBuilder } from '../assembly/function.ts';
import { f32, i32, type Statement, v128, when } from '../assembly/instructions.ts';
import { times4 } from './shorthand.ts';

/**
 * Lays B (k × n) out as panels, for eight columns `[n/8][k][8]`, zeros beyond the last column. Parameters: b, stride
 * between rows of the memory in bytes, target, k, n.
 */
export function packPanelsFunction(columns: number): FunctionBuilder {
  const fn = new FunctionBuilder('packPanels', 5);
  const [b, stride, target, k, n] = fn.parameters;
  const [column, row, from, lane, width] = fn.locals('i32', 5);
  const zero = f32.const(0);
  const whole: Statement[] = [
    ...Array.from({ length: columns / 4 }, (_, i) =>
      v128.store(target.get, v128.load(from.get, 16 * i), 16 * i),
    ),
  ];
  const partial: Statement[] = [
    lane.set(i32.const(0)),
    countUp(
      lane,
      i32.const(4 * columns),
      4,
      when(
        i32.ltS(lane.get, times4(width.get)),
        [f32.store(i32.add(target.get, lane.get), f32.load(i32.add(from.get, lane.get)))],
        [f32.store(i32.add(target.get, lane.get), zero)],
      ),
    ),
  ];
  fn.emit(
    countUp(
      column,
      n.get,
      columns,
      width.set(i32.sub(n.get, column.get)),
      from.set(i32.add(b.get, times4(column.get))),
      row.set(i32.const(0)),
      countUp(
        row,
        k.get,
        1,
        when(i32.geS(width.get, i32.const(columns)), whole, partial),
        target.set(i32.add(target.get, i32.const(4 * columns))),
        from.set(i32.add(from.get, stride.get)),
      ),
    ),
  );
  return fn;
}

/**
 * The same panels from the transpose: memory holds `[n][k]`. Parameters: b, stride between its rows in bytes, target, k,
 * n.
 */
export function packTransposedPanelsFunction(columns: number): FunctionBuilder {
  const fn = new FunctionBuilder('packTransposedPanels', 5);
  const [b, stride, target, k, n] = fn.parameters;
  const [column, lane, from, to, row] = fn.locals('i32', 5);
  fn.emit(
    countUp(
      column,
      n.get,
      columns,
      lane.set(i32.const(0)),
      countUp(
        lane,
        i32.const(columns),
        1,
        from.set(i32.add(b.get, i32.mul(i32.add(column.get, lane.get), stride.get))),
        to.set(i32.add(target.get, times4(lane.get))),
        row.set(i32.const(0)),
        when(
          i32.ltS(i32.add(column.get, lane.get), n.get),
          [
            countUp(
              row,
              k.get,
              1,
              f32.store(to.get, f32.load(from.get)),
              from.set(i32.add(from.get, i32.const(4))),
              to.set(i32.add(to.get, i32.const(4 * columns))),
            ),
          ],
          [
            countUp(
              row,
              k.get,
              1,
              f32.store(to.get, f32.const(0)),
              to.set(i32.add(to.get, i32.const(4 * columns))),
            ),
          ],
        ),
      ),
      target.set(i32.add(target.get, i32.mul(k.get, i32.const(4 * columns)))),
    ),
  );
  return fn;
}

/**
 * Lays A (m × k) out as strips as high as a tile, `[m/6][k][6]` for six rows, the last strip as narrow as it is.
 * Parameters: a, bytes from row to row, bytes from k to k, target, m, k.
 */
export function packStripsFunction(tileRows: number): FunctionBuilder {
  const fn = new FunctionBuilder('packStrips', 6);
  const [a, rowStride, kStride, target, m, k] = fn.parameters;
  const [row, step, lane, from, at, height] = fn.locals('i32', 6);
  // The usual case, a whole strip of a transposed A: what lies side by side in the strip does so in memory.
  const neighbours = i32.and(
    i32.eq(rowStride.get, i32.const(4)),
    i32.eq(height.get, i32.const(tileRows)),
  );
  const vectors = Math.floor(tileRows / 4);
  const floats = Array.from({ length: tileRows % 4 }, (_, i) => 16 * vectors + 4 * i);
  const together: Statement[] = [
    ...Array.from({ length: vectors }, (_, i) =>
      v128.store(target.get, v128.load(at.get, 16 * i), 16 * i),
    ),
    ...floats.map((offset) => f32.store(target.get, f32.load(at.get, offset), offset)),
    target.set(i32.add(target.get, i32.const(4 * tileRows))),
  ];
  fn.emit(
    countUp(
      row,
      m.get,
      tileRows,
      height.set(i32.sub(m.get, row.get)),
      when(i32.gtS(height.get, i32.const(tileRows)), [height.set(i32.const(tileRows))]),
      from.set(i32.add(a.get, i32.mul(row.get, rowStride.get))),
      step.set(i32.const(0)),
      countUp(
        step,
        k.get,
        1,
        at.set(from.get),
        lane.set(i32.const(0)),
        when(neighbours, together, [
          countUp(
            lane,
            height.get,
            1,
            f32.store(target.get, f32.load(at.get)),
            target.set(i32.add(target.get, i32.const(4))),
            at.set(i32.add(at.get, rowStride.get)),
          ),
        ]),
        from.set(i32.add(from.get, kStride.get)),
      ),
    ),
  );
  return fn;
}
