import { countUp, FunctionBuilder, type Local } from '../assembly/function.ts';
import { call, type Expression, f32, i32, type Statement, when } from '../assembly/instructions.ts';
import { times4 } from './shorthand.ts';
import { type LeftForm, type TileShape, tileName } from './tile.ts';

/**
 * C (m × n) = A · panels, or C + A · panels, tile by tile. Parameters: a, aStride, panels, c, cStride, m, n, k,
 * accumulate, scratch (room for a tile); pointers and strides in bytes.
 *
 * @param indexOf the number of a function of the module, by name
 * @param tile the largest tile; strips of a packed left side are as high
 */
export function productFunction(
  form: LeftForm,
  indexOf: (name: string) => number,
  { rows: tileRows, columns: tileColumns }: TileShape,
): FunctionBuilder {
  const fn = new FunctionBuilder(`product_${form}`, 10);
  const [a, aStride, panels, c, cStride, m, n, k, accumulate, scratch] = fn.parameters;
  const [row, column, height, left, target] = fn.locals('i32', 5);
  const [copyRow, copyColumn, width] = fn.locals('i32', 3);

  const tile = (output: Expression, outputStride: Expression): Statement =>
    byHeight(height, tileRows, (rows) =>
      call(
        indexOf(tileName(rows, form)),
        left.get,
        aStride.get,
        panels.get,
        output,
        outputStride,
        k.get,
        accumulate.get,
      ),
    );
  const at = (base: Expression, stride: Expression): Expression =>
    i32.add(i32.add(base, i32.mul(copyRow.get, stride)), times4(copyColumn.get));
  const copy = (intoScratch: boolean): Statement[] => {
    const inside = at(scratch.get, i32.const(4 * tileColumns));
    const outside = at(target.get, cStride.get);
    const move = intoScratch
      ? f32.store(inside, f32.load(outside))
      : f32.store(outside, f32.load(inside));
    return [
      copyRow.set(i32.const(0)),
      countUp(
        copyRow,
        height.get,
        1,
        copyColumn.set(i32.const(0)),
        countUp(copyColumn, width.get, 1, move),
      ),
    ];
  };

  fn.emit(
    countUp(
      column,
      n.get,
      tileColumns,
      width.set(i32.sub(n.get, column.get)),
      row.set(i32.const(0)),
      countUp(
        row,
        m.get,
        tileRows,
        height.set(i32.sub(m.get, row.get)),
        when(i32.gtS(height.get, i32.const(tileRows)), [height.set(i32.const(tileRows))]),
        left.set(i32.add(a.get, i32.mul(row.get, form === 'rows' ? aStride.get : times4(k.get)))),
        target.set(i32.add(i32.add(c.get, i32.mul(row.get, cStride.get)), times4(column.get))),
        when(
          i32.geS(width.get, i32.const(tileColumns)),
          [tile(target.get, cStride.get)],
          [
            when(accumulate.get, copy(true)),
            tile(scratch.get, i32.const(4 * tileColumns)),
            ...copy(false),
          ],
        ),
      ),
      panels.set(i32.add(panels.get, i32.mul(k.get, i32.const(4 * tileColumns)))),
    ),
  );
  return fn;
}

/** One case for each height of a tile; the greatest, the usual one, first. */
function byHeight(
  height: Local,
  tileRows: number,
  statement: (rows: number) => Statement,
): Statement {
  let cases: Statement = statement(1);
  for (let rows = 2; rows <= tileRows; rows++) {
    cases = when(i32.eq(height.get, i32.const(rows)), [statement(rows)], [cases]);
  }
  return cases;
}
