import { keysInSight } from '@unroll/backend';
import { tensor } from '../core/create.ts';
import type { Tensor } from '../core/tensor.ts';
import { mul, where } from '../operations/arithmetic.ts';
import { broadcastTo, reshape } from '../operations/core.ts';
import { matmul } from '../operations/matmul.ts';
import { softmax } from '../operations/softmax.ts';
import { transpose } from '../operations/transpose.ts';
import { Sequence } from '../sequence/sequence.ts';
import { type AttentionOptions, type Settled, settle } from './options.ts';
import { turnPairs } from './turns.ts';

/**
 * The weights with which each query looks at the keys, softmax(scale·q·kᵀ), as pictures of attention show them. They are
 * made as a whole, `batch · heads · time · source` numbers; {@link scaledDotProductAttention} does without.
 *
 * @param q queries, `[length, heads·size]` each
 * @param k keys, `[length, kvHeads·size]` each
 * @returns `[batch, heads, time, source]` in the user's order: rows sum to 1 over the keys in sight and are 0 elsewhere;
 * beyond the end of a sequence they mean nothing
 * @throws ShapeError listing all that does not fit; OptionError for heads, kvHeads, window or scale that cannot be
 * @example
 * const x = Sequence.fromArrays([[[1, 0], [0, 1]]]);
 * const weights = attentionWeights(x, x, { causal: true });
 * console.log(weights.shape, await weights.toArray()); // [1, 1, 2, 2] [[[[1, 0], [0.33, 0.67]]]]
 */
export function attentionWeights(q: Sequence, k: Sequence, options: AttentionOptions = {}): Tensor {
  return weightsOf(q, k, settle('attentionWeights', options, q, k));
}

/**
 * Σⱼ wⱼ·vⱼ for each query and head.
 *
 * @param weights `[batch, heads, time, source]`, as {@link attentionWeights} gives them
 * @param v values, `[length, kvHeads·valueSize]` each
 * @param q the queries, for their lengths
 * @returns `[length, heads·valueSize]` each, the lengths of the queries
 */
export function weightedSum(
  weights: Tensor,
  v: Sequence,
  q: Sequence,
  kvHeads = weights.shape[1],
): Sequence {
  const [batch, heads, time] = weights.shape;
  const y = matmul(weights, headsOf(v, kvHeads, heads));
  const rows = reshape(transpose(y, [0, 2, 1, 3]), [batch, time, heads * y.shape[3]]);
  return Sequence.fromBatch(rows, q.lengths);
}

/** The same as {@link attentionWeights}, of options that were checked. */
export function weightsOf(q: Sequence, k: Sequence, settled: Settled): Tensor {
  const { heads, kvHeads, scale, turns } = settled;
  const from = k.lengths.map((n, i) => n - q.lengths[i]);
  const turned = (x: Sequence, count: number, begin?: readonly number[]) =>
    turns ? turnPairs(x, turns, { heads: count, from: begin }) : x;
  const queries = headsOf(turned(q, heads, from), heads, heads);
  const keys = headsOf(turned(k, kvHeads), kvHeads, heads);
  const scores = mul(matmul(queries, keys, { transposeB: true }), scale);
  const sight = sightOf(q, k, settled);
  return softmax(sight ? where(sight, scores, -Infinity) : scores);
}

/** `[batch, heads, time, size]`, zeros beyond the end; heads that share one have copies of it. */
function headsOf(x: Sequence, count: number, heads: number): Tensor {
  const { batch, time, features } = x;
  const size = features[0] / count;
  const split = transpose(reshape(x.toBatch(), [batch, time, count, size]), [0, 2, 1, 3]);
  if (count === heads) return split;
  const shared = reshape(split, [batch, count, 1, time, size]);
  const copies = broadcastTo(shared, [batch, count, heads / count, time, size]);
  return reshape(copies, [batch, heads, time, size]);
}

/** Which keys each query sees; undefined where all see all. What stands for a query beyond the end sees one, as softmax needs. */
function sightOf(q: Sequence, k: Sequence, settled: Settled): Tensor | undefined {
  const ragged = k.lengths.some((n) => n !== k.time);
  if (!(ragged || settled.causal || settled.window < Infinity)) return undefined;
  const { batch, time } = q;
  const values = new Uint8Array(batch * time * k.time);
  for (let i = 0; i < batch; i++) {
    for (let t = 0; t < time; t++) {
      const real = t < q.lengths[i];
      const [first, end] = real ? keysInSight(settled, t, q.lengths[i], k.lengths[i]) : [0, 1];
      const at = (i * time + t) * k.time;
      values.fill(1, at + first, at + end);
    }
  }
  return tensor(values, { shape: [batch, 1, time, k.time], dtype: 'bool' });
}
