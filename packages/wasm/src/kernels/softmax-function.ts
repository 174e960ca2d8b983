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
 * Softmax of every row: e^(x − max) / Σ, the sum in double precision; `logSoftmax` is x − max − log Σ. Writes up to three
 * elements too many. Parameters: x, y, elements of a row, rows.
 */
export function softmaxFunction(
  name: 'softmax' | 'logSoftmax',
  madd: MultiplyAdd,
): FunctionBuilder {
  const fn = new FunctionBuilder(name, 4);
  const [x, y, n, rows] = fn.parameters;
  const row = fn.local('i32');
  const [peak, total] = fn.locals('v128', 2);
  const code = new VectorCode(fn, madd);
  const [greatest, mass] = [max(fn), sum(fn)];
  const distance = i32.sub(y.get, x.get);
  const at = (address: Expression) => i32.add(address, distance);
  const isLog = name === 'logSoftmax';

  const findPeak = takeLine(fn, x, n, greatest);
  const addUp = alongLine(fn, x, n, (address, mask) => {
    const shifted = code.let(f32x4.sub(v128.load(address), peak.get));
    const power = exp(code, shifted);
    code.emit(v128.store(at(address), isLog ? shifted : power));
    return [...code.take(), ...mass.add(mask ? mass.masked(power, mask) : power)];
  });
  const finish = alongLine(fn, x, n, (address) => {
    const value = v128.load(at(address));
    const result = isLog ? f32x4.sub(value, total.get) : f32x4.div(value, total.get);
    return [v128.store(at(address), result)];
  });
  const sumOf = code.let(firstLane(mass.one));
  code.emit(total.set(isLog ? log(code, sumOf) : sumOf));
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
      peak.set(firstLane(peak.get)),
      ...mass.begin,
      ...addUp,
      ...settle,
      ...finish,
      x.set(i32.add(x.get, times4(n.get))),
      y.set(i32.add(y.get, times4(n.get))),
    ),
  );
  return fn;
}
