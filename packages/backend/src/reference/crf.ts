import { DataError } from '../contract/errors.ts';
import type { Crf, CrfResult } from '../contract/sequence-losses.ts';
import { exp } from '../math/index.ts';
import { checkedIds } from './indexed.ts';
import { logSum } from './mass.ts';
import { newMemory, valuesOf } from './memory.ts';

/** The scores of one sequence. */
interface Chain {
  /** e_t, step after step. */
  readonly emissions: readonly Float64Array[];
  /** T, row after row. */
  readonly transitions: ArrayLike<number>;
  readonly start: ArrayLike<number>;
  readonly end: ArrayLike<number>;
}

/**
 * Lafferty et al. 2001 in log space: log p(y) = s(y) − log Z, s(y) = start(y₁) + Σ e_t(y_t) + Σ T(y_{t−1}, y_t) + end(y_n).
 * A derivative of log Z is how probable its score's place is; that of the loss has what the tags do taken off.
 */
export function crfLoss(call: Crf): CrfResult {
  const { emissions, places, gradient } = call;
  const [rows, count] = emissions.shape;
  const values = valuesOf(emissions);
  const tags = checkedIds('crfLoss', call.tags, count);
  const batch = places.lengths.length;
  const losses = newMemory(emissions.dtype, batch);
  const dEmissions = newMemory(emissions.dtype, gradient ? rows * count : 0);
  const dTransitions = newMemory(emissions.dtype, gradient ? batch * count * count : 0);
  const [transitions, start, end] = [call.transitions, call.start, call.end].map(valuesOf);
  for (const [i, length] of places.lengths.entries()) {
    const at = Array.from({ length }, (_, t) => places.starts[t] + places.positions[i]);
    const y = at.map((row) => tags[row]);
    const e = at.map((row) => Float64Array.from(values.subarray(row * count, (row + 1) * count)));
    const chain = { emissions: e, transitions, start, end };
    const score = scoreOf(chain, y, i);
    const alpha = forward(chain);
    const logZ = logSum(alpha[length - 1].map((a, j) => a + end[j]));
    losses.values[i] = logZ - score;
    if (!gradient) continue;
    const beta = backward(chain);
    for (const [t, row] of at.entries()) {
      const slope = alpha[t].map((a, j) => exp(a + beta[t][j] - logZ));
      slope[y[t]] -= 1;
      dEmissions.values.set(slope, row * count);
    }
    dTransitions.values.set(pairs(chain, y, alpha, beta, logZ), i * count * count);
  }
  return gradient ? [losses, dEmissions, dTransitions] : [losses];
}

function scoreOf({ emissions, transitions, start, end }: Chain, y: number[], i: number): number {
  const count = start.length;
  const last = y.length - 1;
  const terms = y.map((tag, t) => {
    const before = t === 0 ? start[tag] : transitions[y[t - 1] * count + tag];
    return emissions[t][tag] + before + (t === last ? end[tag] : 0);
  });
  const step = terms.indexOf(Number.NEGATIVE_INFINITY);
  if (step < 0) return terms.reduce((a, b) => a + b, 0);
  const before = step === 0 ? 'as the first' : `behind tag ${y[step - 1]}`;
  throw new DataError(
    'crfLoss',
    `the tags of sequence ${i} cannot be: a score at step ${step}, where tag ${y[step]} stands ${before}${step === last ? ' and the last' : ''}, is −Infinity. Mend the tags, or allow this in the constraints.`,
    { sequence: i, step, tag: y[step] },
  );
}

/** log α_t(j) = e_t(j) + log Σᵢ α_{t−1}(i)·e^T(i, j). */
function forward({ emissions, transitions, start }: Chain): Float64Array[] {
  const count = start.length;
  const terms = new Float64Array(count);
  const alpha = [emissions[0].map((e, j) => e + start[j])];
  for (const e of emissions.slice(1)) {
    const before = alpha[alpha.length - 1];
    alpha.push(
      e.map((score, j) => {
        for (let i = 0; i < count; i++) terms[i] = before[i] + transitions[i * count + j];
        return score + logSum(terms);
      }),
    );
  }
  return alpha;
}

/** log β_t(i) = log Σⱼ e^T(i, j)·e^e_{t+1}(j)·β_{t+1}(j). */
function backward({ emissions, transitions, end }: Chain): Float64Array[] {
  const count = end.length;
  const terms = new Float64Array(count);
  const beta: Float64Array[] = [];
  beta[emissions.length - 1] = Float64Array.from(end);
  for (let t = emissions.length - 2; t >= 0; t--) {
    const next = beta[t + 1].map((b, j) => b + emissions[t + 1][j]);
    beta[t] = next.map((_, i) => {
      for (let j = 0; j < count; j++) terms[j] = transitions[i * count + j] + next[j];
      return logSum(terms);
    });
  }
  return beta;
}

/** How often each tag is expected to follow each, less how often it does. */
function pairs(
  { emissions, transitions }: Chain,
  y: readonly number[],
  alpha: readonly Float64Array[],
  beta: readonly Float64Array[],
  logZ: number,
): Float64Array {
  const count = alpha[0].length;
  const sums = new Float64Array(count * count);
  for (let t = 1; t < y.length; t++) {
    const next = beta[t].map((b, j) => b + emissions[t][j] - logZ);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < count; j++) {
        sums[i * count + j] += exp(alpha[t - 1][i] + transitions[i * count + j] + next[j]);
      }
    }
    sums[y[t - 1] * count + y[t]] -= 1;
  }
  return sums;
}
