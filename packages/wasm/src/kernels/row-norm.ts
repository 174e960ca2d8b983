import type { FunctionBuilder, Local } from '../assembly/function.ts';
import { type Expression, f32x4, i32x4, type Statement, v128 } from '../assembly/instructions.ts';
import { addProduct, addTo, alongRow, atEach, RowFunction, RowTotal } from './row-walk.ts';
import { FIRST_LANE } from './shorthand.ts';
import type { MultiplyAdd } from './tile.ts';

/** (x − mean) / √(var + ε) of each row. Ports: x, y. Then: elements of a row, bits of ε. */
export function rowNormFunction(madd: MultiplyAdd): FunctionBuilder {
  const made = new RowFunction('rowNorm', 2, 2);
  const { fn, pointers, rest } = made;
  const [x, y] = pointers;
  const [n] = rest;
  const moments = momentsOf(made, x, madd);
  const { mean, rstd } = moments;
  return made.eachRow(moments.before, [
    ...moments.find,
    ...alongRow(
      fn,
      n,
      atEach((spot) => [spot.store(y, f32x4.mul(f32x4.sub(spot.load(x), mean.get), rstd.get))]),
    ),
  ]);
}

/** rstd·(dy − mean(dy) − x̂·mean(dy·x̂)) of each row. Ports: x, x̂, dy, result. Then: elements of a row, bits of ε. */
export function rowNormGradientFunction(madd: MultiplyAdd): FunctionBuilder {
  const made = new RowFunction('rowNormGradient', 4, 2);
  const { fn, pointers, rest } = made;
  const [x, normed, dy, dx] = pointers;
  const [n] = rest;
  const moments = momentsOf(made, x, madd);
  const { rstd, size } = moments;
  const [sum, dot] = [new RowTotal(fn), new RowTotal(fn)];
  const [shift, slope] = fn.locals('v128', 2);
  return made.eachRow(moments.before, [
    ...moments.find,
    ...sum.begin,
    ...dot.begin,
    ...alongRow(
      fn,
      n,
      atEach((spot) => [
        addTo(sum, spot, spot.load(dy)),
        addProduct(madd, dot, spot, spot.load(dy), spot.load(normed)),
      ]),
    ),
    shift.set(f32x4.div(sum.total, size.get)),
    slope.set(f32x4.neg(f32x4.div(dot.total, size.get))),
    ...alongRow(
      fn,
      n,
      atEach((spot) => {
        const centred = f32x4.sub(spot.load(dy), shift.get);
        const rest = madd(spot.load(normed), slope.get, centred);
        return [spot.store(dx, f32x4.mul(rest, rstd.get))];
      }),
    ),
  ]);
}

interface Moments {
  readonly mean: Local;
  readonly rstd: Local;
  /** How many elements a row has. */
  readonly size: Local;
  readonly before: Statement[];
  readonly find: Statement[];
}

/** Mean and 1/√(var + ε) of a row, in two passes. */
function momentsOf({ fn, rest: [n, eps] }: RowFunction, x: Local, madd: MultiplyAdd): Moments {
  const [mean, rstd, size, epsilon, apart] = fn.locals('v128', 5);
  const [sum, squares] = [new RowTotal(fn), new RowTotal(fn)];
  const variance = f32x4.div(squares.total, size.get);
  const from = (value: Expression, single: boolean) =>
    single ? v128.and(f32x4.sub(value, mean.get), FIRST_LANE) : f32x4.sub(value, mean.get);
  return {
    mean,
    rstd,
    size,
    before: [size.set(i32x4.convertF32x4(i32x4.splat(n.get))), epsilon.set(i32x4.splat(eps.get))],
    find: [
      ...sum.begin,
      ...alongRow(
        fn,
        n,
        atEach((spot) => [addTo(sum, spot, spot.load(x))]),
      ),
      mean.set(f32x4.div(sum.total, size.get)),
      ...squares.begin,
      ...alongRow(
        fn,
        n,
        atEach((spot) => [
          apart.set(from(spot.load(x), spot.single)),
          addProduct(madd, squares, spot, apart.get, apart.get),
        ]),
      ),
      rstd.set(f32x4.div(f32x4.const(1), f32x4.sqrt(f32x4.add(variance, epsilon.get)))),
    ],
  };
}
