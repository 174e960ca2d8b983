import { type CtcChain, ctcChains, type FusedKernels, math } from '@unroll/backend';
import { hostMemory, valuesOf } from '../memory/host-memory.ts';
import { EMPTY, LOG_BASE, lifted, ScaledNumbers, scaled } from './scaled-numbers.ts';

type CtcLoss = FusedKernels['ctcLoss'];

/**
 * CTC of floats (Graves et al. 2006, eq. 6–16) with no logarithm in the loop: probabilities are scaled numbers, which never
 * vanish, so that a state costs two sums and a product. On the processor itself: no loop of it is wide enough for SIMD.
 */
export function makeCtc(reference: CtcLoss): CtcLoss {
  return (call) => {
    if (call.logits.dtype !== 'float32') return reference(call);
    const { logits, places, zeroInfinity, gradient } = call;
    const classes = logits.shape[1];
    const x = valuesOf(logits) as Float32Array;
    const losses = new Float32Array(places.lengths.length);
    const slopes = new Float32Array(gradient ? x.length : 0);
    for (const [i, chain] of ctcChains(call).entries()) {
      if (chain === undefined) continue;
      const rows = Int32Array.from(
        { length: places.lengths[i] },
        (_, t) => (places.starts[t] + places.positions[i]) * classes,
      );
      const y = probabilities(x, rows, classes);
      const alpha = forward(y, chain, rows.length, classes);
      const p = atEnd(alpha, chain.classes.length);
      const impossible = p.m === 0;
      losses[i] = impossible && zeroInfinity ? 0 : -(math.log(p.m) + p.e * LOG_BASE);
      if (gradient && !impossible) backward(y, chain, alpha, p, rows, classes, slopes);
    }
    const memory = hostMemory('float32', losses);
    return gradient ? [memory, hostMemory('float32', slopes)] : [memory];
  };
}

/** y_t(k) for each step and class. */
function probabilities(x: Float32Array, rows: Int32Array, classes: number): ScaledNumbers {
  const y = new ScaledNumbers(rows.length * classes);
  for (let t = 0; t < rows.length; t++) {
    let peak = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classes; k++) peak = Math.max(peak, x[rows[t] + k]);
    const at = t * classes;
    let sum = 0;
    for (let k = 0; k < classes; k++) {
      y.setExp(at + k, x[rows[t] + k] - peak);
      if (y.e[at + k] === 0) sum += y.m[at + k];
    }
    for (let k = at; k < at + classes; k++) y.set(k, y.m[k] / sum, y.e[k]);
  }
  return y;
}

/** α_t(s) = y_t(l′_s)·(α_{t−1}(s) + α_{t−1}(s−1) + α_{t−1}(s−2)), the last where it may be skipped to. */
function forward(
  y: ScaledNumbers,
  { classes: labels, skips }: CtcChain,
  steps: number,
  classes: number,
): ScaledNumbers {
  const states = labels.length;
  const alpha = new ScaledNumbers(steps * states);
  const { m, e } = alpha;
  for (let s = 0; s < Math.min(2, states); s++) alpha.set(s, y.m[labels[s]], y.e[labels[s]]);
  for (let t = 1; t < steps; t++) {
    for (let s = 0; s < states; s++) {
      const from = (t - 1) * states + s;
      const k = t * classes + labels[s];
      let top = e[from];
      if (s > 0 && e[from - 1] > top) top = e[from - 1];
      if (skips[s] === 1 && e[from - 2] > top) top = e[from - 2];
      if (top === EMPTY) continue;
      let sum = lifted(m[from], e[from] - top);
      if (s > 0) sum += lifted(m[from - 1], e[from - 1] - top);
      if (skips[s] === 1) sum += lifted(m[from - 2], e[from - 2] - top);
      alpha.set(from + states, sum * y.m[k], top + y.e[k]);
    }
  }
  return alpha;
}

/** p = α_T(S) + α_T(S−1), of which a chain without labels has the first only. */
function atEnd({ m, e }: ScaledNumbers, states: number): { m: number; e: number } {
  const end = m.length - 1;
  const before = states > 1 ? end - 1 : end;
  const top = Math.max(e[end], e[before]);
  if (top === EMPTY) return { m: 0, e: 0 };
  const other = states > 1 ? lifted(m[before], e[before] - top) : 0;
  return { m: lifted(m[end], e[end] - top) + other, e: top };
}

/**
 * Writes y_k − Σ_{s: l′_s = k} α_t(s)·β_t(s)/p for each step, where β_t(s) is the sum of β_{t+1}(s′)·y_{t+1}(l′_s′) over
 * the states that follow.
 */
function backward(
  y: ScaledNumbers,
  { classes: labels, skips }: CtcChain,
  alpha: ScaledNumbers,
  p: { m: number; e: number },
  rows: Int32Array,
  classes: number,
  slopes: Float32Array,
): void {
  const states = labels.length;
  const beta = new ScaledNumbers(states);
  const next = new ScaledNumbers(states);
  const row = new Float64Array(classes);
  for (let s = Math.max(0, states - 2); s < states; s++) beta.set(s, 1, 0);
  for (let t = rows.length - 1; t >= 0; t--) {
    const at = t * classes;
    for (let k = 0; k < classes; k++) row[k] = scaled(y.m[at + k], y.e[at + k]);
    for (let s = 0; s < states; s++) {
      const here = t * states + s;
      if (alpha.e[here] === EMPTY || beta.e[s] === EMPTY) continue;
      const m = (alpha.m[here] * beta.m[s]) / p.m;
      row[labels[s]] -= scaled(m, alpha.e[here] + beta.e[s] - p.e);
    }
    slopes.set(row, rows[t]);
    for (let s = 0; s < states; s++) {
      const k = at + labels[s];
      if (beta.e[s] === EMPTY) next.clear(s);
      else next.set(s, beta.m[s] * y.m[k], beta.e[s] + y.e[k]);
    }
    follow(next, beta, skips);
  }
}

/** Each state's sum over those that follow it: itself, the next and, where it may be skipped to, the one behind that. */
function follow({ m, e }: ScaledNumbers, to: ScaledNumbers, skips: Uint8Array): void {
  const states = skips.length;
  for (let s = 0; s < states; s++) {
    const skip = s + 2 < states && skips[s + 2] === 1;
    let top = e[s];
    if (s + 1 < states && e[s + 1] > top) top = e[s + 1];
    if (skip && e[s + 2] > top) top = e[s + 2];
    if (top === EMPTY) {
      to.clear(s);
      continue;
    }
    let sum = lifted(m[s], e[s] - top);
    if (s + 1 < states) sum += lifted(m[s + 1], e[s + 1] - top);
    if (skip) sum += lifted(m[s + 2], e[s + 2] - top);
    to.set(s, sum, top);
  }
}
