import type { FunctionBuilder } from '../assembly/function.ts';
import { f32x4, i32, v128 } from '../assembly/instructions.ts';
import { exp } from '../vector/exponential.ts';
import { VectorCode } from '../vector/vector-code.ts';
import { clearFrom } from './row-columns.ts';
import { addProduct, addTo, alongRow, atEach, RowFunction, RowTotal } from './row-walk.ts';
import { FIRST_LANE } from './shorthand.ts';
import type { MultiplyAdd } from './tile.ts';

/** Softmax of what exists of each row, 0 beyond. Ports: x, lengths (i32), y. Then: elements of a row. */
export function rowSoftmaxFunction(madd: MultiplyAdd): FunctionBuilder {
  const made = new RowFunction('rowSoftmax', 3, 1);
  const { fn, pointers, rest } = made;
  const [x, lengths, y] = pointers;
  const length = fn.local('i32');
  const [greatest, mass] = [
    new RowTotal(fn, f32x4.pmax, Number.NEGATIVE_INFINITY),
    new RowTotal(fn),
  ];
  const [peak, total, power, nothing] = fn.locals('v128', 4);
  const code = new VectorCode(fn, madd);
  const findPeak = atEach(({ load, single, unit }) => {
    const best = greatest.units[unit];
    const value = single ? v128.select(load(x), nothing.get, FIRST_LANE) : load(x);
    return [best.set(f32x4.pmax(best.get, value))];
  });
  const addUp = atEach((spot) => {
    const e = exp(code, code.let(f32x4.sub(spot.load(x), peak.get)));
    code.emit(power.set(spot.single ? v128.and(e, FIRST_LANE) : e));
    return [...code.take(), spot.store(y, power.get), addTo(mass, spot, power.get)];
  });
  const finish = atEach((spot) => [spot.store(y, f32x4.div(spot.load(y), total.get))]);
  const body = [
    length.set(i32.load(lengths.get)),
    ...greatest.begin,
    ...alongRow(fn, length, findPeak),
    peak.set(greatest.total),
    ...mass.begin,
    ...alongRow(fn, length, addUp),
    total.set(mass.total),
    ...alongRow(fn, length, finish),
    ...clearFrom(fn, y, length.get, rest[0].get),
  ];
  const nothingIs = nothing.set(f32x4.const(Number.NEGATIVE_INFINITY));
  return made.eachRow([...code.prologue(), nothingIs], body);
}

/** y·(dy − Σ dy·y) of what exists of each row, 0 beyond. Ports: y, dy, lengths (i32), result. Then: elements of a row. */
export function rowSoftmaxGradientFunction(madd: MultiplyAdd): FunctionBuilder {
  const made = new RowFunction('rowSoftmaxGradient', 4, 1);
  const { fn, pointers, rest } = made;
  const [y, dy, lengths, dx] = pointers;
  const length = fn.local('i32');
  const dot = new RowTotal(fn);
  const mean = fn.local('v128');
  return made.eachRow(
    [],
    [
      length.set(i32.load(lengths.get)),
      ...dot.begin,
      ...alongRow(
        fn,
        length,
        atEach((spot) => [addProduct(madd, dot, spot, spot.load(dy), spot.load(y))]),
      ),
      mean.set(dot.total),
      ...alongRow(
        fn,
        length,
        atEach((spot) => [
          spot.store(dx, f32x4.mul(spot.load(y), f32x4.sub(spot.load(dy), mean.get))),
        ]),
      ),
      ...clearFrom(fn, dx, length.get, rest[0].get),
    ],
  );
}

/** The sum of what exists of each row. Ports: x, lengths (i32), y. */
export function rowSumFunction(): FunctionBuilder {
  const made = new RowFunction('rowSum', 3, 0);
  const { fn, pointers } = made;
  const [x, lengths, y] = pointers;
  const length = fn.local('i32');
  const sum = new RowTotal(fn);
  return made.eachRow(
    [],
    [
      length.set(i32.load(lengths.get)),
      ...sum.begin,
      ...alongRow(
        fn,
        length,
        atEach((spot) => [addTo(sum, spot, spot.load(x))]),
      ),
      v128.storeLane(y.get, sum.total, 0),
    ],
  );
}
