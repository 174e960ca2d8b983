import type { FunctionBuilder, Local } from '../assembly/function.ts';
import { type Expression, f32x4, v128 } from '../assembly/instructions.ts';
import { EntryFunction, tanhOfSum, tanhSlope } from './entries.ts';
import { clearFrom } from './row-columns.ts';
import { addProduct, alongRow, atEach, RowTotal, type Spot } from './row-walk.ts';
import type { MultiplyAdd } from './tile.ts';

/** Σₙ qₙ·kₙ for each entry that exists, 0 beyond. Ports: q, k, lengths (i32), scores. Then: n, entryBytes, entries. */
export function dotScoreFunction(madd: MultiplyAdd): FunctionBuilder {
  const made = new EntryFunction('dotScore', { ports: 4, lengths: 2, rest: 1 }, madd);
  const [q, k, , scores] = made.ports;
  const key = made.walk(k);
  return scoreOf(made, scores, (spot) => [spot.load(q), spot.load(key)]);
}

/**
 * Σₙ vₙ·tanh(qₙ + kₙ) for each entry that exists, 0 beyond. Ports: q, k, v, lengths (i32), scores. Then: n, entryBytes,
 * entries.
 */
export function additiveScoreFunction(madd: MultiplyAdd): FunctionBuilder {
  const made = new EntryFunction('additiveScore', { ports: 5, lengths: 3, rest: 1 }, madd);
  const [q, k, v, , scores] = made.ports;
  const key = made.walk(k);
  return scoreOf(made, scores, (spot) => [spot.load(v), tanhOfSum(made.code, spot, q, key)]);
}

/** The sum of products along each entry that exists, and 0 beyond. */
function scoreOf(
  made: EntryFunction,
  scores: Local,
  factors: (spot: Spot) => readonly [x: Expression, y: Expression],
): FunctionBuilder {
  const { fn, code, madd, n, rest } = made;
  const score = made.step(scores);
  const sum = new RowTotal(fn);
  const add = atEach((spot) => {
    const [x, y] = factors(spot);
    return [...code.take(), addProduct(madd, sum, spot, x, y)];
  });
  return made.finish([
    ...made.forEach([
      ...sum.begin,
      ...alongRow(fn, n, add),
      v128.storeLane(score.get, sum.total, 0),
    ]),
    ...clearFrom(fn, scores, made.length.get, rest[0].get),
  ]);
}

/** v ⊙ Σⱼ dsⱼ·(1 − tanh²(q + kⱼ)). Ports: q, k, v, ds, lengths (i32), dq. Then: n, entryBytes. */
export function additiveScoreGradientFunction(madd: MultiplyAdd): FunctionBuilder {
  const made = new EntryFunction('additiveScoreGradient', { ports: 6, lengths: 4 }, madd);
  const { code, ports } = made;
  const [q, k, v, ds, , dq] = ports;
  const [key, weight] = [made.walk(k), made.step(ds)];
  const slope = (spot: Spot) => tanhSlope(code, tanhOfSum(code, spot, q, key));
  return made.finish(
    made.sums(weight, slope, (spot, sum) => spot.store(dq, f32x4.mul(spot.load(v), sum))),
  );
}

/** Σⱼ weightsⱼ·memoryⱼ. Ports: weights, memory, lengths (i32), sum. Then: n, entryBytes. */
export function memorySumFunction(madd: MultiplyAdd): FunctionBuilder {
  const made = new EntryFunction('memorySum', { ports: 4, lengths: 2 }, madd);
  const [weights, memory, , y] = made.ports;
  const [entry, weight] = [made.walk(memory), made.step(weights)];
  return made.finish(
    made.sums(
      weight,
      (spot) => spot.load(entry),
      (spot, sum) => spot.store(y, sum),
    ),
  );
}
