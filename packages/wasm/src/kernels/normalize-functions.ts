import { countUp, FunctionBuilder, type Local } from '../assembly/function.ts';
import { type Expression, f32x4, i32, i32x4, v128 } from '../assembly/instructions.ts';
import { sum } from './accumulator.ts';
import { alongLine } from './lines.ts';
import { firstLane, times4 } from './shorthand.ts';

/** A sum in lane 0 over the number of elements, in all lanes. */
const meanOf = (total: Expression, n: Local): Expression =>
  f32x4.div(firstLane(total), i32x4.convertF32x4(i32x4.splat(n.get)));
const keep = (value: Expression, mask: Expression | undefined): Expression =>
  mask ? v128.and(value, mask) : value;

/**
 * y = (x − μ)/√(σ² + ε) for each row, sums in double precision. Writes up to three elements too many. Parameters: x, y,
 * where ε is, elements of a row, rows.
 */
export function normalizeFunction(): FunctionBuilder {
  const fn = new FunctionBuilder('normalize', 5);
  const [x, y, eps, n, rows] = fn.parameters;
  const row = fn.local('i32');
  const [mean, scale, centred, scratch] = fn.locals('v128', 4);
  const [total, squares] = [sum(fn), sum(fn)];
  const at = (address: Expression) => i32.add(address, i32.sub(y.get, x.get));

  const addUp = alongLine(fn, x, n, (address, mask) => total.add(keep(v128.load(address), mask)));
  const spread = alongLine(fn, x, n, (address, mask) => [
    centred.set(f32x4.sub(v128.load(address), mean.get)),
    v128.store(at(address), centred.get),
    ...squares.add(keep(f32x4.mul(centred.get, centred.get), mask)),
  ]);
  const finish = alongLine(fn, x, n, (address) => [
    v128.store(at(address), f32x4.mul(v128.load(at(address)), scale.get)),
  ]);
  fn.emit(
    countUp(
      row,
      rows.get,
      1,
      ...total.begin,
      ...addUp,
      scratch.set(total.one),
      mean.set(meanOf(scratch.get, n)),
      ...squares.begin,
      ...spread,
      scratch.set(squares.one),
      scale.set(scaleOf(meanOf(scratch.get, n), eps)),
      ...finish,
      x.set(i32.add(x.get, times4(n.get))),
      y.set(i32.add(y.get, times4(n.get))),
    ),
  );
  return fn;
}

/**
 * Its derivative with c = x − μ and s = 1/√(σ² + ε): s·(dy − mean(dy) − c·s²·mean(dy·c)). Writes up to three elements too
 * many. Parameters: x, dy, result, where ε is, elements of a row, rows.
 */
export function normalizeBackwardFunction(): FunctionBuilder {
  const fn = new FunctionBuilder('normalizeBackward', 6);
  const [x, dy, y, eps, n, rows] = fn.parameters;
  const row = fn.local('i32');
  const [mean, level, scale, along, centred, scratch] = fn.locals('v128', 6);
  const [first, second] = [sum(fn), sum(fn)];
  const at = (address: Expression) => i32.add(address, i32.sub(y.get, x.get));
  const slope = (address: Expression) => v128.load(i32.add(address, i32.sub(dy.get, x.get)));

  const addUp = alongLine(fn, x, n, (address, mask) => [
    ...first.add(keep(v128.load(address), mask)),
    ...second.add(keep(slope(address), mask)),
  ]);
  const spread = alongLine(fn, x, n, (address, mask) => [
    centred.set(f32x4.sub(v128.load(address), mean.get)),
    v128.store(at(address), centred.get),
    ...first.add(keep(f32x4.mul(centred.get, centred.get), mask)),
    ...second.add(keep(f32x4.mul(centred.get, slope(address)), mask)),
  ]);
  const finish = alongLine(fn, x, n, (address) => {
    const rest = f32x4.sub(slope(address), level.get);
    const part = f32x4.mul(v128.load(at(address)), along.get);
    return [v128.store(at(address), f32x4.mul(f32x4.sub(rest, part), scale.get))];
  });
  fn.emit(
    countUp(
      row,
      rows.get,
      1,
      ...first.begin,
      ...second.begin,
      ...addUp,
      scratch.set(first.one),
      mean.set(meanOf(scratch.get, n)),
      scratch.set(second.one),
      level.set(meanOf(scratch.get, n)),
      ...first.begin,
      ...second.begin,
      ...spread,
      scratch.set(first.one),
      scale.set(scaleOf(meanOf(scratch.get, n), eps)),
      scratch.set(second.one),
      along.set(f32x4.mul(f32x4.mul(meanOf(scratch.get, n), scale.get), scale.get)),
      ...finish,
      x.set(i32.add(x.get, times4(n.get))),
      dy.set(i32.add(dy.get, times4(n.get))),
      y.set(i32.add(y.get, times4(n.get))),
    ),
  );
  return fn;
}

/** 1/√(variance + ε). */
function scaleOf(variance: Expression, eps: Local): Expression {
  return f32x4.div(f32x4.const(1), f32x4.sqrt(f32x4.add(variance, v128.loadSplat(eps.get))));
}
