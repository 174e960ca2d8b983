import { countUp, FunctionBuilder, type Local } from '../assembly/function.ts';
import { type Expression, f32x4, i32, type Statement, v128 } from '../assembly/instructions.ts';
import { exp } from '../vector/exponential.ts';
import { log } from '../vector/logarithm.ts';
import { VectorCode } from '../vector/vector-code.ts';
import { max, sum } from './accumulator.ts';
import { alongLine, takeLine } from './lines.ts';
import { firstLane, times4 } from './shorthand.ts';
import type { MultiplyAdd } from './tile.ts';

/**
 * Softmax of every row: e^(x − max) / Σ; `logSoftmax` is x − max − log Σ. Writes up to three elements too many. Parameters:
 * x, y, elements of a row, rows.
 */
export function softmaxFunction(
  name: 'softmax' | 'logSoftmax',
  madd: MultiplyAdd,
): FunctionBuilder {
  const fn = new FunctionBuilder(name, 4);
  const [x, y, n, rows] = fn.parameters;
  const code = new VectorCode(fn, madd);
  const total = fn.local('v128');
  const isLog = name === 'logSoftmax';
  const mass = massOf(code, x, n, (at, shifted, power) => [
    v128.store(beside(at, x, y), isLog ? shifted : power),
  ]);
  const sumOf = code.let(firstLane(code.let(mass.sum)));
  code.emit(total.set(isLog ? log(code, sumOf) : sumOf));
  const settle = code.take();
  const finish = changeLine(fn, y, n, (value) =>
    isLog ? f32x4.sub(value, total.get) : f32x4.div(value, total.get),
  );
  const body = [...mass.find, ...settle, ...finish];
  return eachRow(fn, code, rows, body, [
    [x, times4(n.get)],
    [y, times4(n.get)],
  ]);
}

/**
 * Softmax of each row times a factor of its own: e^(x − max) · (factor / Σ). Writes up to three elements too many.
 * Parameters: x, factors, y, elements of a row, rows.
 */
export function scaledSoftmaxFunction(madd: MultiplyAdd): FunctionBuilder {
  const fn = new FunctionBuilder('scaledSoftmax', 5);
  const [x, factors, y, n, rows] = fn.parameters;
  const code = new VectorCode(fn, madd);
  const factor = fn.local('v128');
  const mass = massOf(code, x, n, (at, _, power) => [v128.store(beside(at, x, y), power)]);
  const body = [
    ...mass.find,
    factor.set(f32x4.div(v128.loadZero(factors.get), mass.sum)),
    factor.set(firstLane(factor.get)),
    ...changeLine(fn, y, n, (value) => f32x4.mul(value, factor.get)),
  ];
  return eachRow(fn, code, rows, body, [
    [x, times4(n.get)],
    [y, times4(n.get)],
    [factors, i32.const(4)],
  ]);
}

/**
 * The greatest of each row and log Σ e^(x − max), side by side. Parameters: x, y (two floats for each row), elements of a
 * row, rows.
 */
export function logMassFunction(madd: MultiplyAdd): FunctionBuilder {
  const fn = new FunctionBuilder('logMass', 4);
  const [x, y, n, rows] = fn.parameters;
  const code = new VectorCode(fn, madd);
  const mass = massOf(code, x, n);
  code.emit(v128.storeLane(y.get, mass.peak.get, 0));
  code.emit(v128.storeLane(y.get, log(code, code.let(mass.sum)), 0, 4));
  const body = [...mass.find, ...code.take()];
  return eachRow(fn, code, rows, body, [
    [x, times4(n.get)],
    [y, i32.const(8)],
  ]);
}

export interface Mass {
  /** The greatest of the row, in all lanes. */
  readonly peak: Local;
  /** Σ e^(x − max), added up in double precision, in lane 0. */
  readonly sum: Expression;
  /** Finds both. */
  readonly find: readonly Statement[];
}

/** What every softmax needs of a row of `n` floats; `keep` is given an address of it, x − max there and e^(x − max). */
export function massOf(
  code: VectorCode,
  x: Local,
  n: Local,
  keep: (at: Expression, shifted: Expression, power: Expression) => Statement[] = () => [],
): Mass {
  const { fn } = code;
  const peak = fn.local('v128');
  const [greatest, mass] = [max(fn), sum(fn)];
  const addUp = alongLine(fn, x, n, (address, mask) => {
    const shifted = code.let(f32x4.sub(v128.load(address), peak.get));
    const power = exp(code, shifted);
    const kept = keep(address, shifted, power);
    return [...code.take(), ...kept, ...mass.add(mask ? mass.masked(power, mask) : power)];
  });
  return {
    peak,
    sum: mass.one,
    find: [
      ...greatest.begin,
      ...takeLine(fn, x, n, greatest),
      peak.set(greatest.one),
      peak.set(firstLane(peak.get)),
      ...mass.begin,
      ...addUp,
    ],
  };
}

/** The place in y that an address in x has there. */
function beside(address: Expression, x: Local, y: Local): Expression {
  return i32.add(address, i32.sub(y.get, x.get));
}

/** Each vector of a row anew. */
export function changeLine(
  fn: FunctionBuilder,
  y: Local,
  n: Local,
  change: (value: Expression) => Expression,
): Statement[] {
  return alongLine(fn, y, n, (at) => [v128.store(at, change(v128.load(at)))]);
}

/** Emits a loop over rows, from each to the next of which every pointer goes so many bytes. */
function eachRow(
  fn: FunctionBuilder,
  code: VectorCode,
  rows: Local,
  body: readonly Statement[],
  pointers: readonly (readonly [pointer: Local, bytes: Expression])[],
): FunctionBuilder {
  const row = fn.local('i32');
  const advance = pointers.map(([pointer, bytes]) => pointer.set(i32.add(pointer.get, bytes)));
  fn.emit(...code.prologue(), countUp(row, rows.get, 1, ...body, ...advance));
  return fn;
}
