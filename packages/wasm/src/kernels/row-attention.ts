import { countUp, type FunctionBuilder, type Local } from '../assembly/function.ts';
import { type Expression, f32x4, i32, type Statement, v128 } from '../assembly/instructions.ts';
import { tanh } from '../vector/exponential.ts';
import { VectorCode } from '../vector/vector-code.ts';
import { clearFrom } from './row-softmax.ts';
import { addProduct, alongRow, atEach, RowFunction, RowTotal, type Spot } from './row-walk.ts';
import type { MultiplyAdd } from './tile.ts';

// A row of a memory holds the entries of one sequence, one after the other, `entryBytes` apart.

/** Σₙ qₙ·kₙ for each entry that exists, 0 beyond. Ports: q, k, lengths (i32), scores. Then: n, entryBytes, entries. */
export function dotScoreFunction(madd: MultiplyAdd): FunctionBuilder {
  const made = new RowFunction('dotScore', 4, 3);
  const { fn, pointers, rest } = made;
  const [q, k, lengths, scores] = pointers;
  const [n, entryBytes, entries] = rest;
  const sum = new RowTotal(fn);
  const each = new Entries(fn, lengths, entryBytes);
  const [key, score] = [each.walk(k), each.step(scores)];
  return made.eachRow(
    [],
    [
      ...each.forEach([
        ...sum.begin,
        ...alongRow(
          fn,
          n,
          atEach((spot) => [addProduct(madd, sum, spot, spot.load(q), spot.load(key))]),
        ),
        v128.storeLane(score.get, sum.total, 0),
      ]),
      ...clearFrom(fn, scores, each.length, entries),
    ],
  );
}

/**
 * Σₙ vₙ·tanh(qₙ + kₙ) for each entry that exists, 0 beyond. Ports: q, k, v, lengths (i32), scores. Then: n, entryBytes,
 * entries.
 */
export function additiveScoreFunction(madd: MultiplyAdd): FunctionBuilder {
  const made = new RowFunction('additiveScore', 5, 3);
  const { fn, pointers, rest } = made;
  const [q, k, v, lengths, scores] = pointers;
  const [n, entryBytes, entries] = rest;
  const sum = new RowTotal(fn);
  const each = new Entries(fn, lengths, entryBytes);
  const [key, score] = [each.walk(k), each.step(scores)];
  const code = new VectorCode(fn, madd);
  const add = atEach((spot) => {
    const y = tanh(code, code.let(f32x4.add(spot.load(q), spot.load(key))));
    return [...code.take(), addProduct(madd, sum, spot, spot.load(v), y)];
  });
  const body = [
    ...each.forEach([
      ...sum.begin,
      ...alongRow(fn, n, add),
      v128.storeLane(score.get, sum.total, 0),
    ]),
    ...clearFrom(fn, scores, each.length, entries),
  ];
  return made.eachRow(code.prologue(), body);
}

/** v ⊙ Σⱼ dsⱼ·(1 − tanh²(q + kⱼ)). Ports: q, k, v, ds, lengths (i32), dq. Then: n, entryBytes. */
export function additiveScoreGradientFunction(madd: MultiplyAdd): FunctionBuilder {
  const made = new RowFunction('additiveScoreGradient', 6, 2);
  const { fn, pointers, rest } = made;
  const [q, k, v, ds, lengths, dq] = pointers;
  const [n, entryBytes] = rest;
  const each = new Entries(fn, lengths, entryBytes);
  const [key, weight] = [each.walk(k), each.step(ds)];
  const sums = new RowTotal(fn).units;
  const code = new VectorCode(fn, madd);
  const walk = alongRow(fn, n, (spots) => [
    ...zeros(sums, spots),
    ...each.forEach(
      spots.flatMap((spot) => {
        const y = tanh(code, code.let(f32x4.add(spot.load(q), spot.load(key))));
        const slope = code.let(f32x4.sub(code.float(1), f32x4.mul(y, y)));
        const sum = sums[spot.unit];
        code.emit(sum.set(madd(v128.loadSplat(weight.get), slope, sum.get)));
        return code.take();
      }),
    ),
    ...spots.map((spot) => spot.store(dq, f32x4.mul(spot.load(v), sums[spot.unit].get))),
  ]);
  return made.eachRow(code.prologue(), walk);
}

/** Σⱼ weightsⱼ·memoryⱼ. Ports: weights, memory, lengths (i32), sum. Then: n, entryBytes. */
export function memorySumFunction(madd: MultiplyAdd): FunctionBuilder {
  const made = new RowFunction('memorySum', 4, 2);
  const { fn, pointers, rest } = made;
  const [weights, memory, lengths, y] = pointers;
  const [n, entryBytes] = rest;
  const each = new Entries(fn, lengths, entryBytes);
  const [entry, weight] = [each.walk(memory), each.step(weights)];
  const sums = new RowTotal(fn).units;
  return made.eachRow(
    [],
    alongRow(fn, n, (spots) => [
      ...zeros(sums, spots),
      ...each.forEach(
        spots.map((spot) => {
          const sum = sums[spot.unit];
          return sum.set(madd(v128.loadSplat(weight.get), spot.load(entry), sum.get));
        }),
      ),
      ...spots.map((spot) => spot.store(y, sums[spot.unit].get)),
    ]),
  );
}

function zeros(sums: readonly Local[], spots: readonly Spot[]): Statement[] {
  return spots.map(({ unit }) => sums[unit].set(f32x4.const(0)));
}

/** A loop over the entries of a memory's row that exist. */
export class Entries {
  readonly length: Local;
  readonly #fn: FunctionBuilder;
  readonly #lengths: Local;
  readonly #entryBytes: Local;
  readonly #walked: { readonly from: Local; readonly pointer: Local; readonly by: Expression }[] =
    [];

  constructor(fn: FunctionBuilder, lengths: Local, entryBytes: Local) {
    this.#fn = fn;
    this.#lengths = lengths;
    this.#entryBytes = entryBytes;
    this.length = fn.local('i32');
  }

  /** Points to each entry of a memory in turn. */
  walk(memory: Local): Local {
    return this.#add(memory, this.#entryBytes.get);
  }

  /** Points to the number of each entry in turn. */
  step(row: Local): Local {
    return this.#add(row, i32.const(4));
  }

  forEach(body: readonly Statement[]): Statement[] {
    const j = this.#fn.local('i32');
    return [
      this.length.set(i32.load(this.#lengths.get)),
      ...this.#walked.map(({ from, pointer }) => pointer.set(from.get)),
      j.set(i32.const(0)),
      countUp(
        j,
        this.length.get,
        1,
        ...body,
        ...this.#walked.map(({ pointer, by }) => pointer.set(i32.add(pointer.get, by))),
      ),
    ];
  }

  #add(from: Local, by: Expression): Local {
    const pointer = this.#fn.local('i32');
    this.#walked.push({ from, pointer, by });
    return pointer;
  }
}
