import type { FunctionBuilder } from '../assembly/function.ts';
import { f32x4, v128 } from '../assembly/instructions.ts';
import { EntryFunction, tanhOfSum, tanhSlope } from './entries.ts';
import { alongRow, atEach } from './row-walk.ts';
import type { MultiplyAdd } from './tile.ts';

// Sums over all steps into memories and into the vector of an additive score. They are cut by columns, so `n` may be fewer
// columns than an entry has.

/** Adds weightsⱼ·x to every entry that exists. Ports: weights, x, lengths (i32), target. Then: n, entryBytes. */
export function addOuterFunction(madd: MultiplyAdd): FunctionBuilder {
  const made = new EntryFunction('addOuter', { ports: 4, lengths: 2 }, madd);
  const { fn, n, ports } = made;
  const [weights, x, , target] = ports;
  const [entry, weight] = [made.walk(target), made.step(weights)];
  const factor = fn.local('v128');
  const add = atEach((spot) => [
    spot.store(entry, madd(factor.get, spot.load(x), spot.load(entry))),
  ]);
  return made.finish(
    made.forEach([factor.set(v128.loadSplat(weight.get)), ...alongRow(fn, n, add)]),
  );
}

/**
 * Adds dsⱼ·v ⊙ (1 − tanh²(q + kⱼ)) to every entry that exists. Ports: q, k, v, ds, lengths (i32), target. Then: n,
 * entryBytes.
 */
export function addKeysFunction(madd: MultiplyAdd): FunctionBuilder {
  const made = new EntryFunction('addKeys', { ports: 6, lengths: 4 }, madd);
  const { fn, code, n, ports } = made;
  const [q, k, v, ds, , target] = ports;
  const [key, weight, entry] = [made.walk(k), made.step(ds), made.walk(target)];
  const factor = fn.local('v128');
  const add = atEach((spot) => {
    const slope = tanhSlope(code, tanhOfSum(code, spot, q, key));
    const gradient = f32x4.mul(spot.load(v), slope);
    const sum = madd(factor.get, gradient, spot.load(entry));
    return [...code.take(), spot.store(entry, sum)];
  });
  return made.finish(
    made.forEach([factor.set(v128.loadSplat(weight.get)), ...alongRow(fn, n, add)]),
  );
}

/** Adds Σⱼ dsⱼ·tanh(q + kⱼ) to one vector. Ports: q, k, ds, lengths (i32), target. Then: n, entryBytes. */
export function addVectorFunction(madd: MultiplyAdd): FunctionBuilder {
  const made = new EntryFunction('addVector', { ports: 5, lengths: 3 }, madd);
  const [q, k, ds, , target] = made.ports;
  const [key, weight] = [made.walk(k), made.step(ds)];
  return made.finish(
    made.sums(
      weight,
      (spot) => tanhOfSum(made.code, spot, q, key),
      (spot, sum) => spot.store(target, f32x4.add(spot.load(target), sum)),
    ),
  );
}
