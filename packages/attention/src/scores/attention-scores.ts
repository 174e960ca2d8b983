import { OptionError, type Shape, ShapeError, sameShape } from '@unroll/backend';
import {
  add,
  matmul,
  mul,
  reshape,
  type Sequence,
  slice,
  type Tensor,
  tanh,
  tensor,
  where,
} from '@unroll/tensor';

/** A score of attention with its weights: n features of a query h, k of an entry m of the memory, d in between. */
export type Scoring =
  | { readonly score: 'dot' | 'scaled-dot' }
  /** Wa `[n, k]` */
  | { readonly score: 'general'; readonly Wa: Tensor }
  /** Wq `[n, d]`, Wk `[k, d]`, v `[d]` */
  | {
      readonly score: 'additive';
      readonly Wq: Tensor;
      readonly Wk: Tensor;
      readonly v: Tensor;
    }
  /** Wa `[n + k, d]`, v `[d]` */
  | { readonly score: 'concat'; readonly Wa: Tensor; readonly v: Tensor };

/**
 * How well each query h and each entry m of a memory go together, before softmax (Luong et al. 2015, eq. 8; Bahdanau et al.
 * 2015, appendix A.1.2; Vaswani et al. 2017, eq. 1):
 *
 *     dot  h·m      scaled-dot  h·m/√n      general  h·W_a·m
 *     additive  v·tanh(h·W_q + m·W_k)       concat  v·tanh([h, m]·W_a)
 *
 * All pairs are made at once, to be read and drawn. To train, {@link AttentionDecoder} and `scaledDotProductAttention` do
 * without.
 *
 * @param queries `[length, n]` each
 * @param memory `[length, k]` each, as many sequences
 * @returns `[batch, time, source]`, −∞ beyond the end of a memory, so that softmax gives 0 there
 * @throws ShapeError listing all that does not fit; OptionError for a score that does not exist
 * @example
 * const [h, m] = [Sequence.fromBatch(ones([2, 1, 4])), Sequence.fromBatch(ones([2, 4, 4]), [4, 2])];
 * const weights = softmax(attentionScores(h, m, { score: 'scaled-dot' }));
 * console.log(await weights.toArray()); // [[[0.25, 0.25, 0.25, 0.25]], [[0.5, 0.5, 0, 0]]]
 */
export function attentionScores(queries: Sequence, memory: Sequence, given: Scoring): Tensor {
  check(queries, memory, given);
  const scores = scored(queries.toBatch(), memory.toBatch(), given);
  const { batch, time, lengths } = memory;
  if (lengths.every((n) => n === time)) return scores;
  const real = Uint8Array.from({ length: batch * time }, (_, i) =>
    Number(i % time < lengths[Math.floor(i / time)]),
  );
  return where(tensor(real, { shape: [batch, 1, time], dtype: 'bool' }), scores, -Infinity);
}

function scored(h: Tensor, m: Tensor, given: Scoring): Tensor {
  switch (given.score) {
    case 'dot':
      return matmul(h, m, { transposeB: true });
    case 'scaled-dot':
      return mul(matmul(h, m, { transposeB: true }), 1 / Math.sqrt(h.shape[2]));
    case 'general':
      return matmul(matmul(h, given.Wa), m, { transposeB: true });
    case 'additive':
      return additive(matmul(h, given.Wq), matmul(m, given.Wk), given.v);
    case 'concat': {
      const [n, end] = [h.shape[2], given.Wa.shape[0]];
      const Wq = slice(given.Wa, { axis: 0, from: 0, to: n });
      const Wk = slice(given.Wa, { axis: 0, from: n, to: end });
      return additive(matmul(h, Wq), matmul(m, Wk), given.v);
    }
  }
}

/** v·tanh(q + k) of all pairs. */
function additive(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const [batch, time, d] = q.shape;
  const source = k.shape[1];
  const pairs = add(reshape(q, [batch, time, 1, d]), reshape(k, [batch, 1, source, d]));
  return reshape(matmul(tanh(pairs), reshape(v, [d, 1])), [batch, time, source]);
}

function check(queries: Sequence, memory: Sequence, given: Scoring): void {
  const problems: string[] = [];
  if (queries.batch !== memory.batch) {
    problems.push(
      `queries and memory must have one batch; got ${queries.batch} and ${memory.batch}`,
    );
  }
  const [[n, ...more], [k, ...others]] = [queries.features, memory.features];
  if (n === undefined || k === undefined || more.length + others.length > 0) {
    problems.push(
      `queries and memory must be rows of features; got [${queries.features}] and [${memory.features}]`,
    );
  }
  if (problems.length === 0) problems.push(...misfits(n, k, given));
  if (problems.length > 0) throw new ShapeError('attentionScores', problems.join('; '));
}

function misfits(n: number, k: number, given: Scoring): string[] {
  const need = (name: string, x: Tensor, shape: Shape) =>
    sameShape(x.shape, shape)
      ? []
      : [`${name} must be [${shape.join(', ')}]; got [${x.shape.join(', ')}]`];
  switch (given.score) {
    case 'dot':
    case 'scaled-dot':
      return n === k ? [] : [`${given.score} multiplies rows of one size; got ${n} and ${k}`];
    case 'general':
      return need('Wa', given.Wa, [n, k]);
    case 'additive': {
      const [d] = given.v.shape;
      return [...need('Wq', given.Wq, [n, d]), ...need('Wk', given.Wk, [k, d])];
    }
    case 'concat':
      return need('Wa', given.Wa, [n + k, given.v.shape[0]]);
    default:
      throw new OptionError(
        'attentionScores',
        `score must be one of dot, scaled-dot, general, additive, concat; got ${(given as { score: string }).score}`,
      );
  }
}
