import { type Attention, keysInSight, type RowPlaces } from '../contract/attention.ts';
import type { Memory, Operand } from '../contract/backend.ts';
import { exp, log } from '../math/index.ts';
import { newMemory, valuesOf } from './memory.ts';

/** A query of one head, and where everything lies that belongs to it. */
interface Query {
  /** Which of all queries of all heads it is. */
  readonly number: number;
  /** Where it begins in q. */
  readonly q: number;
  /** Where its result begins. */
  readonly y: number;
  /** For each key in sight, where it begins in k. */
  readonly k: readonly number[];
  /** The same in v. */
  readonly v: readonly number[];
}

/** Sizes of a head's queries and of its values. */
interface Sizes {
  readonly size: number;
  readonly valueSize: number;
}

/** y = Σⱼ pⱼ·vⱼ, p = softmax(scale·q·kⱼ); beside it log Σ e^(scale·q·kⱼ), which the derivative needs. */
export function attention(call: Attention): [output: Memory, logMass: Memory] {
  const { q, v, heads } = call;
  const rows = q.shape[0];
  const { size, valueSize } = sizesOf(call);
  const [qs, ks, vs] = [turned(call, 'queries'), turned(call, 'keys'), valuesOf(v)];
  const output = newMemory(q.dtype, rows * heads * valueSize);
  const logMass = newMemory(q.dtype, rows * heads);
  for (const query of queriesOf(call)) {
    const scores = query.k.map((key) => call.scale * dot(qs, query.q, ks, key, size));
    const peak = Math.max(...scores);
    const masses = scores.map((score) => exp(score - peak));
    const total = masses.reduce((a, b) => a + b, 0);
    for (let c = 0; c < valueSize; c++) {
      let sum = 0;
      for (const [j, value] of query.v.entries()) sum += masses[j] * vs[value + c];
      output.values[query.y + c] = sum / total;
    }
    logMass.values[query.number] = peak + log(total);
  }
  return [output, logMass];
}

/**
 * dq, dk and dv from dy: with p as before and dp_j = dy·v_j, the scores have ds_j = p_j·(dp_j − dy·y), so that
 * dq = scale·Σⱼ dsⱼ·kⱼ, dkⱼ += scale·dsⱼ·q and dvⱼ += pⱼ·dy.
 */
export function attentionBackward(
  call: Attention,
  y: Operand,
  logMass: Operand,
  dy: Operand,
): [dq: Memory, dk: Memory, dv: Memory] {
  const { q, k, v, scale } = call;
  const { size, valueSize } = sizesOf(call);
  const [qs, ks] = [turned(call, 'queries'), turned(call, 'keys')];
  const [vs, ys, dys, masses] = [v, y, dy, logMass].map(valuesOf);
  const [dq, dk, dv] = [qs, ks, vs].map(({ length }) => new Float64Array(length));
  for (const query of queriesOf(call)) {
    const level = dot(dys, query.y, ys, query.y, valueSize);
    for (const [j, key] of query.k.entries()) {
      const value = query.v[j];
      const p = exp(scale * dot(qs, query.q, ks, key, size) - masses[query.number]);
      const ds = scale * p * (dot(dys, query.y, vs, value, valueSize) - level);
      for (let c = 0; c < size; c++) {
        dq[query.q + c] += ds * ks[key + c];
        dk[key + c] += ds * qs[query.q + c];
      }
      for (let c = 0; c < valueSize; c++) dv[value + c] += p * dys[query.y + c];
    }
  }
  turn(call, 'queries', dq, -1);
  turn(call, 'keys', dk, -1);
  const rounded = (sums: Float64Array, { dtype }: Operand): Memory => {
    const memory = newMemory(dtype, sums.length);
    memory.values.set(sums);
    return memory;
  };
  return [rounded(dq, q), rounded(dk, k), rounded(dv, v)];
}

function* queriesOf(call: Attention): Iterable<Query> {
  const { queries, keys, heads, kvHeads } = call;
  const { size, valueSize } = sizesOf(call);
  for (const [i, length] of queries.lengths.entries()) {
    for (let step = 0; step < length; step++) {
      const row = rowOf(queries, i, step);
      const [first, end] = keysInSight(call, step, length, keys.lengths[i]);
      const inSight = Array.from({ length: end - first }, (_, j) => rowOf(keys, i, first + j));
      for (let head = 0; head < heads; head++) {
        const number = row * heads + head;
        const group = Math.floor((head * kvHeads) / heads);
        const at = (wide: number) => inSight.map((key) => (key * kvHeads + group) * wide);
        yield { number, q: number * size, y: number * valueSize, k: at(size), v: at(valueSize) };
      }
    }
  }
}

/** Queries or keys as they meet. */
function turned(call: Attention, which: 'queries' | 'keys'): ArrayLike<number> {
  const values = valuesOf(which === 'queries' ? call.q : call.k);
  if (call.turns === undefined) return values;
  const copy = Float64Array.from(values);
  turn(call, which, copy, 1);
  return copy;
}

/** Turns each pair by its angle, or with sign −1 back: (a, b) → (a·cos − b·sin, a·sin + b·cos). */
function turn(call: Attention, which: 'queries' | 'keys', x: Float64Array, sign: number): void {
  if (call.turns === undefined) return;
  const turns = valuesOf(call.turns);
  const { size } = sizesOf(call);
  const [places, heads] =
    which === 'queries' ? [call.queries, call.heads] : [call.keys, call.kvHeads];
  for (const [i, length] of places.lengths.entries()) {
    for (let step = 0; step < length; step++) {
      const at = rowOf(places, i, step) * heads * size;
      const from = (step + call.keys.lengths[i] - length) * size;
      for (let c = 0; c < heads * size; c += 2) {
        const [cos, sin] = [turns[from + (c % size)], sign * turns[from + (c % size) + 1]];
        const [a, b] = [x[at + c], x[at + c + 1]];
        x[at + c] = a * cos - b * sin;
        x[at + c + 1] = a * sin + b * cos;
      }
    }
  }
}

function sizesOf({ q, v, heads, kvHeads }: Attention): Sizes {
  return { size: q.shape[1] / heads, valueSize: v.shape[1] / kvHeads };
}

function rowOf({ starts, positions }: RowPlaces, sequence: number, step: number): number {
  return starts[step] + positions[sequence];
}

function dot(
  x: ArrayLike<number>,
  atX: number,
  y: ArrayLike<number>,
  atY: number,
  n: number,
): number {
  let sum = 0;
  for (let c = 0; c < n; c++) sum += x[atX + c] * y[atY + c];
  return sum;
}
