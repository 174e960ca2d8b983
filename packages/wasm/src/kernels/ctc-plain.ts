import { type CtcChain, math } from '@unroll/backend';
import { endState, firstState, PAD } from './ctc-states.ts';

/** Below it a double is too near to where it vanishes. */
const TINY = 2 ** -900;
/** A row whose largest number is below this is multiplied with its inverse, which costs no digit. */
const LOW = 2 ** -100;
const LOG_LOW = -100 * Math.LN2;

/**
 * CTC of one sequence in plain doubles, each step scaled by a power of two (Graves et al. 2006, section 4.1, the scaling of
 * their eq. 8). Writes the slopes, where they are wanted, and gives −log p; undefined where a number came near to vanishing,
 * which nothing may then be made of.
 *
 * @param y probabilities, and where those of each step begin
 */
export function plainCtc(
  y: Float32Array,
  rows: Int32Array,
  classes: number,
  { classes: labels, skips }: CtcChain,
  slopes: Float32Array | undefined,
): number | undefined {
  const states = labels.length;
  const steps = rows.length;
  const width = states + PAD;
  const alpha = new Float64Array(steps * width);
  let scalings = 0;
  for (let t = 0; t < steps; t++) {
    const to = t * width + PAD;
    const from = to - width;
    const row = rows[t];
    const end = endState(states, t);
    let top = 0;
    for (let s = firstState(states, steps, t); s < end; s++) {
      const at = from + s;
      const sum = t === 0 ? 1 : alpha[at] + alpha[at - 1] + skips[s] * alpha[at - 2];
      const value = sum * y[row + labels[s]];
      if (value < TINY && sum !== 0) return undefined;
      alpha[to + s] = value;
      if (value > top) top = value;
    }
    if (top < LOW) {
      scalings++;
      for (let s = 0; s < end; s++) alpha[to + s] /= LOW;
    }
  }
  const last = steps * width - 1;
  const p = alpha[last] + (states > 1 ? alpha[last - 1] : 0);
  if (!(p > TINY)) return undefined;
  if (slopes && !plainSlopes(y, rows, classes, labels, skips, alpha, slopes)) return undefined;
  return -(math.log(p) + scalings * LOG_LOW);
}

/** Writes y_k − Σ_{s: l′_s = k} α_t(s)·β_t(s)/Σ_s α_t(s)·β_t(s); false where a number came near to vanishing. */
function plainSlopes(
  y: Float32Array,
  rows: Int32Array,
  classes: number,
  labels: Int32Array,
  skips: Uint8Array,
  alpha: Float64Array,
  slopes: Float32Array,
): boolean {
  const states = labels.length;
  const steps = rows.length;
  const width = states + PAD;
  const beta = new Float64Array(width);
  const next = new Float64Array(width);
  const sums = new Float64Array(classes);
  const leaps = Float64Array.from({ length: states }, (_, s) => skips[s + 2] ?? 0);
  beta.fill(1, Math.max(0, states - 2), states);
  for (let t = steps - 1; t >= 0; t--) {
    const here = t * width + PAD;
    const row = rows[t];
    const first = firstState(states, steps, t);
    const end = endState(states, t);
    let z = 0;
    for (let s = first; s < end; s++) {
      z += alpha[here + s] * beta[s];
      next[s] = beta[s] * y[row + labels[s]];
    }
    if (!(z > TINY)) return false;
    const share = 1 / z;
    for (let k = 0; k < classes; k++) sums[k] = y[row + k];
    for (let s = first; s < end; s++) sums[labels[s]] -= alpha[here + s] * beta[s] * share;
    slopes.set(sums, row);
    let top = 0;
    const before = endState(states, t - 1);
    for (let s = firstState(states, steps, t - 1); s < before; s++) {
      const value = next[s] + next[s + 1] + leaps[s] * next[s + 2];
      if (value < TINY && value !== 0) return false;
      beta[s] = value;
      if (value > top) top = value;
    }
    if (top < LOW) for (let s = 0; s < before; s++) beta[s] /= LOW;
  }
  return true;
}
