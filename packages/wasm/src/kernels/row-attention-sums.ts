import type { FunctionBuilder } from '../assembly/function.ts';
import { f32x4, v128 } from '../assembly/instructions.ts';
import { tanh } from '../vector/exponential.ts';
import { VectorCode } from '../vector/vector-code.ts';
import { Entries } from './row-attention.ts';
import { alongRow, atEach, RowFunction, RowTotal } from './row-walk.ts';
import type { MultiplyAdd } from './tile.ts';

// Sums over all steps into memories and into the vector of an additive score. They are cut by columns, so `n` may be fewer
// columns than an entry has.

/** Adds weightsⱼ·x to every entry that exists. Ports: weights, x, lengths (i32), target. Then: n, entryBytes. */
export function addOuterFunction(madd: MultiplyAdd): FunctionBuilder {
  const made = new RowFunction('addOuter', 4, 2);
  const { fn, pointers, rest } = made;
  const [weights, x, lengths, target] = pointers;
  const [n, entryBytes] = rest;
  const each = new Entries(fn, lengths, entryBytes);
  const [entry, weight] = [each.walk(target), each.step(weights)];
  const factor = fn.local('v128');
  const add = atEach((spot) => [
    spot.store(entry, madd(factor.get, spot.load(x), spot.load(entry))),
  ]);
  return made.eachRow(
    [],
    each.forEach([factor.set(v128.loadSplat(weight.get)), ...alongRow(fn, n, add)]),
  );
}

/**
 * Adds dsⱼ·v ⊙ (1 − tanh²(q + kⱼ)) to every entry that exists. Ports: q, k, v, ds, lengths (i32), target. Then: n,
 * entryBytes.
 */
export function addKeysFunction(madd: MultiplyAdd): FunctionBuilder {
  const made = new RowFunction('addKeys', 6, 2);
  const { fn, pointers, rest } = made;
  const [q, k, v, ds, lengths, target] = pointers;
  const [n, entryBytes] = rest;
  const each = new Entries(fn, lengths, entryBytes);
  const [key, weight, entry] = [each.walk(k), each.step(ds), each.walk(target)];
  const factor = fn.local('v128');
  const code = new VectorCode(fn, madd);
  const add = atEach((spot) => {
    const y = tanh(code, code.let(f32x4.add(spot.load(q), spot.load(key))));
    const slope = f32x4.sub(code.float(1), f32x4.mul(y, y));
    const gradient = code.let(f32x4.mul(spot.load(v), slope));
    const sum = madd(factor.get, gradient, spot.load(entry));
    return [...code.take(), spot.store(entry, sum)];
  });
  const body = each.forEach([factor.set(v128.loadSplat(weight.get)), ...alongRow(fn, n, add)]);
  return made.eachRow(code.prologue(), body);
}

/** Adds Σⱼ dsⱼ·tanh(q + kⱼ) to one vector. Ports: q, k, ds, lengths (i32), target. Then: n, entryBytes. */
export function addVectorFunction(madd: MultiplyAdd): FunctionBuilder {
  const made = new RowFunction('addVector', 5, 2);
  const { fn, pointers, rest } = made;
  const [q, k, ds, lengths, target] = pointers;
  const [n, entryBytes] = rest;
  const each = new Entries(fn, lengths, entryBytes);
  const [key, weight] = [each.walk(k), each.step(ds)];
  const sums = new RowTotal(fn).units;
  const code = new VectorCode(fn, madd);
  const walk = alongRow(fn, n, (spots) => [
    ...spots.map(({ unit }) => sums[unit].set(f32x4.const(0))),
    ...each.forEach(
      spots.flatMap((spot) => {
        const y = tanh(code, code.let(f32x4.add(spot.load(q), spot.load(key))));
        const sum = sums[spot.unit];
        code.emit(sum.set(madd(v128.loadSplat(weight.get), y, sum.get)));
        return code.take();
      }),
    ),
    ...spots.map((spot) => spot.store(target, f32x4.add(spot.load(target), sums[spot.unit].get))),
  ]);
  return made.eachRow(code.prologue(), walk);
}
