import type { Ctc, CtcResult } from '../contract/sequence-losses.ts';
import { exp } from '../math/index.ts';
import { type CtcChain, ctcChains } from './ctc-chains.ts';
import { logSum } from './mass.ts';
import { newMemory, valuesOf } from './memory.ts';

/**
 * Graves et al. 2006, section 4.1, in log space: with forward variables α (their eq. 6) and backward variables β, which here
 * leave out the step they stand at, p = Σ_s α_t(s)·β_t(s) at every step, and the derivative by the logits is
 * y_k − Σ_{s: l′_s = k} α_t(s)·β_t(s)/p (their eq. 16).
 */
export function ctcLoss(call: Ctc): CtcResult {
  const { logits, places, zeroInfinity } = call;
  const classes = logits.shape[1];
  const x = valuesOf(logits);
  const losses = newMemory(logits.dtype, places.lengths.length);
  const dlogits = call.gradient ? newMemory(logits.dtype, x.length) : undefined;
  for (const [i, chain] of ctcChains(call).entries()) {
    if (chain === undefined) continue;
    const rows = Array.from(
      { length: places.lengths[i] },
      (_, t) => (places.starts[t] + places.positions[i]) * classes,
    );
    const logY = rows.map((row) => logSoftmaxOf(x.subarray(row, row + classes)));
    const alpha = forward(logY, chain);
    const logP = logSum(alpha[rows.length - 1].slice(-2));
    const impossible = logP === Number.NEGATIVE_INFINITY;
    losses.values[i] = impossible && zeroInfinity ? 0 : -logP;
    if (dlogits === undefined || impossible) continue;
    const beta = backward(logY, chain);
    for (const [t, row] of rows.entries()) {
      const slope = logY[t].map(exp);
      for (const [s, k] of chain.classes.entries())
        slope[k] -= exp(alpha[t][s] + beta[t][s] - logP);
      dlogits.values.set(slope, row);
    }
  }
  return dlogits ? [losses, dlogits] : [losses];
}

function logSoftmaxOf(x: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(x);
  const mass = logSum(values);
  return values.map((value) => value - mass);
}

/** log α_t(s) = log y_t(l′_s) + log(α_{t−1}(s) + α_{t−1}(s−1) + α_{t−1}(s−2)), the last where it may be skipped to. */
function forward(logY: readonly Float64Array[], { classes, skips }: CtcChain): Float64Array[] {
  let before = new Float64Array(classes.length).fill(Number.NEGATIVE_INFINITY);
  return logY.map((y, t) => {
    const from = (s: number) => {
      if (t === 0) return s < 2 ? 0 : Number.NEGATIVE_INFINITY;
      return logSum(before.slice(Math.max(0, s - 1 - skips[s]), s + 1));
    };
    before = Float64Array.from(classes, (k, s) => from(s) + y[k]);
    return before;
  });
}

/** log β_t(s) = log Σ β_{t+1}(s′)·y_{t+1}(l′_s′), over the states s′ that follow s. */
function backward(logY: readonly Float64Array[], { classes, skips }: CtcChain): Float64Array[] {
  const states = classes.length;
  const last = logY.length - 1;
  const beta: Float64Array[] = [];
  for (let t = last; t >= 0; t--) {
    const next = t < last && Float64Array.from(classes, (k, s) => beta[t + 1][s] + logY[t + 1][k]);
    beta[t] = Float64Array.from(classes, (_, s) => {
      if (!next) return s >= states - 2 ? 0 : Number.NEGATIVE_INFINITY;
      return logSum(next.slice(s, s + 2 + (skips[s + 2] ?? 0)));
    });
  }
  return beta;
}
