import { countUp, FunctionBuilder } from '../assembly/function.ts';
import { call, f32x4, i32, type Statement, v128, when } from '../assembly/instructions.ts';
import { type MultiplyAdd, type TileShape, tileName } from './tile.ts';

/** Columns that pass by together: eight sums hide the latency of multiply-add. */
const TOGETHER = 32;

/**
 * c (1 × n) = a (1 × k) · panels, or c + a · panels: every weight is read once and used once, so what counts is the speed
 * of reading. Sums have the order and the bits of the tiles. Parameters: a, panels, c (room for whole panels), n, k,
 * accumulate.
 *
 * @param indexOf the number of a function of the module, by name
 */
export function rowFunction(
  { columns: width }: TileShape,
  madd: MultiplyAdd,
  indexOf: (name: string) => number,
): FunctionBuilder {
  const panelsTogether = TOGETHER / width;
  const vectors = width / 4;
  const fn = new FunctionBuilder('product_row', 6);
  const [a, panels, c, n, k, accumulate] = fn.parameters;
  const [column, step, from, panelBytes] = fn.locals('i32', 4);
  const pointers = fn.locals('i32', panelsTogether);
  const sums = fn.locals('v128', TOGETHER / 4);
  const left = fn.local('v128');

  const right = (i: number) => v128.load(pointers[Math.floor(i / vectors)].get, 16 * (i % vectors));
  const advance: Statement[] = [
    panels.set(i32.add(panels.get, panelBytes.get)),
    c.set(i32.add(c.get, i32.const(4 * width))),
  ];
  const together: Statement[] = [
    ...pointers.map((pointer, i) =>
      pointer.set(
        i32.add(
          i === 0 ? panels.get : pointers[i - 1].get,
          i === 0 ? i32.const(0) : panelBytes.get,
        ),
      ),
    ),
    when(
      accumulate.get,
      sums.map((sum, i) => sum.set(v128.load(c.get, 16 * i))),
      sums.map((sum) => sum.set(f32x4.const(0))),
    ),
    from.set(a.get),
    step.set(i32.const(0)),
    countUp(
      step,
      k.get,
      1,
      left.set(v128.loadSplat(from.get)),
      ...sums.map((sum, i) => sum.set(madd(left.get, right(i), sum.get))),
      ...pointers.map((pointer) => pointer.set(i32.add(pointer.get, i32.const(4 * width)))),
      from.set(i32.add(from.get, i32.const(4))),
    ),
    ...sums.map((sum, i) => v128.store(c.get, sum.get, 16 * i)),
    ...Array.from({ length: panelsTogether }, () => advance).flat(),
  ];
  const single = call(
    indexOf(tileName(1, 'rows')),
    a.get,
    i32.const(0),
    panels.get,
    c.get,
    i32.const(0),
    k.get,
    accumulate.get,
  );
  const whole = fn.local('i32');
  fn.emit(
    panelBytes.set(i32.mul(k.get, i32.const(4 * width))),
    // Columns of whole groups of panels, a last panel that is not full among them.
    whole.set(i32.and(i32.add(n.get, i32.const(width - 1)), i32.const(-TOGETHER))),
    countUp(column, whole.get, TOGETHER, ...together),
    countUp(column, n.get, width, single, ...advance),
  );
  return fn;
}
