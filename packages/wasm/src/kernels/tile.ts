import { FunctionBuilder, type Local } from '../assembly/function.ts';
import {
  block,
  branchIf,
  type Expression,
  f32x4,
  i32,
  loop,
  type Statement,
  v128,
  when,
} from '../assembly/instructions.ts';

/** The shape of the results that one loop over k adds up in registers. */
export interface TileShape {
  readonly rows: number;
  /** Columns of a packed panel too; whole vectors of four floats. */
  readonly columns: number;
}

/** a·b + c, in one instruction where the engine has it. */
export type MultiplyAdd = (a: Expression, b: Expression, c: Expression) => Expression;

export const multiplyThenAdd: MultiplyAdd = (a, b, c) => f32x4.add(c, f32x4.mul(a, b));

/**
 * Where the left side lies: `rows` walks along rows that are `aStride` bytes apart, `packed` along one strip in which the
 * tile's rows lie side by side for each k.
 */
export type LeftForm = 'rows' | 'packed';

/**
 * C (rows × columns) = A (rows × k) · panel (k × columns), or C + A · panel. Parameters: a, aStride, panel, c, cStride,
 * k, accumulate; pointers and strides in bytes, k at least 1.
 *
 * Every sum runs over k from first to last in one accumulator, so an element has the same bits whatever tile it is in.
 */
export function tileFunction(
  { rows, columns }: TileShape,
  form: LeftForm,
  madd: MultiplyAdd,
): FunctionBuilder {
  const vectors = columns / 4;
  const fn = new FunctionBuilder(tileName(rows, form), 7);
  const [a, aStride, panel, c, cStride, k, accumulate] = fn.parameters;
  const sums = Array.from({ length: rows }, () => fn.locals('v128', vectors));
  const right = fn.locals('v128', vectors);
  const left = fn.local('v128');
  const pointers = form === 'rows' ? [a, ...fn.locals('i32', rows - 1)] : [a];
  const outputs = [c, ...fn.locals('i32', rows - 1)];

  fn.emit(...rowPointers(outputs, cStride));
  if (form === 'rows') fn.emit(...rowPointers(pointers, aStride));
  fn.emit(
    when(
      accumulate.get,
      sums.flatMap((pair, row) =>
        pair.map((sum, half) => sum.set(v128.load(outputs[row].get, 16 * half))),
      ),
    ),
  );

  const step = (at: number): Statement[] => [
    ...right.map((vector, half) => vector.set(v128.load(panel.get, 4 * columns * at + 16 * half))),
    ...sums.flatMap((pair, row) => [
      left.set(
        form === 'rows'
          ? v128.loadSplat(pointers[row].get, 4 * at)
          : v128.loadSplat(a.get, 4 * (rows * at + row)),
      ),
      ...pair.map((sum, half) => sum.set(madd(left.get, right[half].get, sum.get))),
    ]),
  ];
  const advance = (steps: number): Statement[] => [
    panel.set(i32.add(panel.get, i32.const(4 * columns * steps))),
    ...pointers.map((p) =>
      p.set(i32.add(p.get, i32.const(form === 'rows' ? 4 * steps : 4 * rows * steps))),
    ),
    k.set(i32.sub(k.get, i32.const(steps))),
  ];
  fn.emit(
    countDown(k, 4, [...[0, 1, 2, 3].flatMap(step), ...advance(4)]),
    countDown(k, 1, [...step(0), ...advance(1)]),
  );
  fn.emit(
    ...sums.flatMap((pair, row) =>
      pair.map((sum, half) => v128.store(outputs[row].get, sum.get, 16 * half)),
    ),
  );
  return fn;
}

export function tileName(rows: number, form: LeftForm): string {
  return `tile_${form}_${rows}`;
}

/** Pointer i = pointer i − 1 + stride. */
function rowPointers([first, ...others]: readonly Local[], stride: Local): Statement[] {
  return others.map((pointer, i) =>
    pointer.set(i32.add((i === 0 ? first : others[i - 1]).get, stride.get)),
  );
}

/** While at least `step` are left. */
function countDown(left: Local, step: number, body: readonly Statement[]): Statement {
  return block(
    branchIf(0, i32.ltS(left.get, i32.const(step))),
    loop(...body, branchIf(0, i32.geS(left.get, i32.const(step)))),
  );
}
