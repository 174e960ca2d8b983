import { countUp, FunctionBuilder } from '../assembly/function.ts';
import { type Expression, f32x4, i32, shuffle, v128 } from '../assembly/instructions.ts';
import { exp } from '../vector/exponential.ts';
import { log } from '../vector/logarithm.ts';
import { VectorCode } from '../vector/vector-code.ts';
import { max, sum } from './accumulator.ts';
import { alongLine, takeLine } from './lines.ts';
import type { MultiplyAdd } from './tile.ts';

const times4 = (x: Expression): Expression => i32.shl(x, i32.const(2));
const firstLane = (x: Expression): Expression => shuffle(x, x, [0, 0, 0, 0]);

/**
 * The greatest of each row and log Σ e^(x − max), side by side. Parameters: x, y (two floats for each row), elements of a
 * row, rows.
 */
export function logMassFunction(madd: MultiplyAdd): FunctionBuilder {
  const fn = new FunctionBuilder('logMass', 4);
  const [x, y, n, rows] = fn.parameters;
  const row = fn.local('i32');
  const peak = fn.local('v128');
  const code = new VectorCode(fn, madd);
  const [greatest, mass] = [max(fn), sum(fn)];

  const findPeak = takeLine(fn, x, n, greatest);
  const addUp = alongLine(fn, x, n, (address, mask) => {
    const power = exp(code, f32x4.sub(v128.load(address), peak.get));
    return [...code.take(), ...mass.add(mask ? mass.masked(power, mask) : power)];
  });
  const logOfMass = log(code, code.let(mass.one));
  const settle = code.take();
  fn.emit(
    ...code.prologue(),
    countUp(
      row,
      rows.get,
      1,
      ...greatest.begin,
      ...findPeak,
      peak.set(greatest.one),
      v128.storeLane(y.get, peak.get, 0),
      peak.set(firstLane(peak.get)),
      ...mass.begin,
      ...addUp,
      ...settle,
      v128.storeLane(y.get, logOfMass, 0, 4),
      x.set(i32.add(x.get, times4(n.get))),
      y.set(i32.add(y.get, i32.const(8))),
    ),
  );
  return fn;
}

/**
 * Softmax of each row times a factor of its own: e^(x − max) · (factor / Σ), the sum in double precision. Writes up to
 * three elements too many. Parameters: x, factors, y, elements of a row, rows.
 */
export function scaledSoftmaxFunction(madd: MultiplyAdd): FunctionBuilder {
  const fn = new FunctionBuilder('scaledSoftmax', 5);
  const [x, factors, y, n, rows] = fn.parameters;
  const row = fn.local('i32');
  const [peak, factor] = fn.locals('v128', 2);
  const code = new VectorCode(fn, madd);
  const [greatest, mass] = [max(fn), sum(fn)];
  const distance = i32.sub(y.get, x.get);
  const at = (address: Expression) => i32.add(address, distance);

  const findPeak = takeLine(fn, x, n, greatest);
  const addUp = alongLine(fn, x, n, (address, mask) => {
    const power = exp(code, f32x4.sub(v128.load(address), peak.get));
    code.emit(v128.store(at(address), power));
    return [...code.take(), ...mass.add(mask ? mass.masked(power, mask) : power)];
  });
  const finish = alongLine(fn, x, n, (address) => [
    v128.store(at(address), f32x4.mul(v128.load(at(address)), factor.get)),
  ]);
  fn.emit(
    ...code.prologue(),
    countUp(
      row,
      rows.get,
      1,
      ...greatest.begin,
      ...findPeak,
      peak.set(greatest.one),
      peak.set(firstLane(peak.get)),
      ...mass.begin,
      ...addUp,
      factor.set(f32x4.div(v128.loadZero(factors.get), mass.one)),
      factor.set(firstLane(factor.get)),
      ...finish,
      x.set(i32.add(x.get, times4(n.get))),
      y.set(i32.add(y.get, times4(n.get))),
      factors.set(i32.add(factors.get, i32.const(4))),
    ),
  );
  return fn;
}
