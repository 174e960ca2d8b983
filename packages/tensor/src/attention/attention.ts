import type { Attention } from '@unroll/backend';
import { composedGradients } from '../autograd/composed-gradients.ts';
import { isGradEnabled } from '../autograd/mode.ts';
import { record, wrap } from '../autograd/record.ts';
import { home, on } from '../core/accept.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Sequence } from '../sequence/sequence.ts';
import { type AttentionOptions, type Settled, settle } from './options.ts';
import { weightedSum, weightsOf } from './weights.ts';

/**
 * Attention (Vaswani et al. 2017, eq. 1) for each sequence and head: `softmax(q·kᵀ/√size)·v`. Beyond the end of a sequence
 * there is nothing to look at. One kernel where the backend has it, which never holds more scores than those of a few
 * queries (Dao et al. 2022 for the idea); else it is composed.
 *
 * @param q queries, `[length, heads·size]` each
 * @param k keys, `[length, kvHeads·size]` each, as many sequences
 * @param v values, `[length, kvHeads·valueSize]` each, the lengths of the keys
 * @returns `[length, heads·valueSize]` each, the lengths of the queries
 * @throws ShapeError listing all that does not fit; OptionError for heads, kvHeads, window or scale that cannot be;
 * DTypeError for ids and masks
 * @example
 * const x = Sequence.fromArrays([[[1, 0], [0, 1]], [[1, 1]]]);
 * const y = scaledDotProductAttention(x, x, x, { causal: true });
 * console.log(await y.first().toArray()); // [[1, 0], [1, 1]]: a first step sees itself only
 */
export function scaledDotProductAttention(
  q: Sequence,
  k: Sequence,
  v: Sequence,
  options: AttentionOptions = {},
): Sequence {
  const settled = settle('scaledDotProductAttention', options, q, k, v);
  const inputs = [q.rows, k.rows, v.rows];
  const backend = home(inputs);
  const { attention, attentionBackward } = backend.fused;
  if (!attention || !attentionBackward) return composed(q, k, v, settled);
  const [qs, ks, vs] = inputs.map((x) => on(backend, x));
  const call: Attention = {
    ...settled,
    ...{ q: qs, k: ks, v: vs, queries: q.places, keys: k.places },
    turns: settled.turns && on(backend, settled.turns),
  };
  const [output, mass] = attention(call);
  const { heads, kvHeads } = settled;
  const rows = q.rows.shape[0];
  const y = wrap(backend, output, [rows, (v.features[0] / kvHeads) * heads]);
  const logMass = wrap(backend, mass, [rows, heads]);
  const recorded = record(
    'scaledDotProductAttention',
    inputs,
    y,
    ([dy], needs) => {
      if (!dy) return [];
      if (isGradEnabled()) {
        const compose = ([qs, ks, vs]: Tensor[]) => [
          composed(q.withRows(qs), k.withRows(ks), v.withRows(vs), settled).rows,
        ];
        return composedGradients(compose, inputs, [dy], needs);
      }
      const result = y.detach();
      const found = attentionBackward(call, result.operand, logMass.operand, on(backend, dy));
      return found.map((memory, i) => wrap(backend, memory, inputs[i].shape));
    },
    [...inputs, y],
  );
  return q.withRows(recorded);
}

function composed(q: Sequence, k: Sequence, v: Sequence, settled: Settled): Sequence {
  return weightedSum(weightsOf(q, k, settled), v, q, settled.kvHeads);
}
