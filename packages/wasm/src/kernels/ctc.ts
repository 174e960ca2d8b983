import { type CtcChain, ctcChains, type FusedKernels, math } from '@unroll/backend';
import type { Machine } from '../machine/machine.ts';
import { type HostMemory, hostMemory, valuesOf } from '../memory/host-memory.ts';
import { plainCtc } from './ctc-plain.ts';
import { endState, firstState, PAD } from './ctc-states.ts';
import { EMPTY, LOG_BASE, lifted, ScaledNumbers, scaled } from './scaled-numbers.ts';
import { makeSoftmax } from './softmax.ts';

type Reference = Pick<FusedKernels, 'ctcLoss' | 'softmax'>;

/** Below it a probability of floats has lost digits, or is 0 though it may not be. */
const SMALL = 2 ** -60;

/**
 * CTC of floats (Graves et al. 2006, section 4.1) with no logarithm in the loop. The softmax is the machine's; the chains are
 * walked along here, since no loop of theirs is wide enough for SIMD: in plain doubles, and where those would vanish in
 * scaled numbers, which never do.
 */
export function makeCtc(machine: Machine, reference: Reference): FusedKernels['ctcLoss'] {
  const softmax = makeSoftmax(machine, 'softmax', reference.softmax);
  return (call) => {
    if (call.logits.dtype !== 'float32') return reference.ctcLoss(call);
    const { logits, places, zeroInfinity, gradient } = call;
    const classes = logits.shape[1];
    const x = valuesOf(logits) as Float32Array;
    const shares = (softmax(logits) as HostMemory).values as Float32Array;
    const losses = new Float32Array(places.lengths.length);
    const slopes = new Float32Array(gradient ? x.length : 0);
    for (const [i, chain] of ctcChains(call).entries()) {
      if (chain === undefined) continue;
      const rows = Int32Array.from(
        { length: places.lengths[i] },
        (_, t) => (places.starts[t] + places.positions[i]) * classes,
      );
      const plain = plainCtc(shares, rows, classes, chain, gradient ? slopes : undefined);
      if (plain !== undefined) {
        losses[i] = plain;
        continue;
      }
      const y = probabilities(x, shares, rows, classes);
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

/** y_t(k) for each step and class: their softmax, the small ones anew from the logits x. */
function probabilities(
  x: Float32Array,
  shares: ArrayLike<number>,
  rows: Int32Array,
  classes: number,
): ScaledNumbers {
  const y = new ScaledNumbers(rows.length * classes);
  for (let t = 0; t < rows.length; t++) {
    const from = rows[t];
    const at = t * classes;
    let top = 0;
    let isSmall = false;
    for (let k = 0; k < classes; k++) {
      const share = shares[from + k];
      y.m[at + k] = share;
      y.e[at + k] = 0;
      if (share > shares[from + top]) top = k;
      if (share < SMALL) isSmall = true;
    }
    if (!isSmall) continue;
    const logMass = x[from + top] - math.log(shares[from + top]);
    for (let k = 0; k < classes; k++) {
      if (shares[from + k] < SMALL) y.setExp(at + k, x[from + k] - logMass);
    }
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
  const width = states + PAD;
  const alpha = new ScaledNumbers(steps * width);
  const { m, e } = alpha;
  for (let s = firstState(states, steps, 0); s < endState(states, 0); s++) {
    alpha.set(PAD + s, y.m[labels[s]], y.e[labels[s]]);
  }
  for (let t = 1; t < steps; t++) {
    const end = endState(states, t);
    for (let s = firstState(states, steps, t); s < end; s++) {
      const from = (t - 1) * width + PAD + s;
      const k = t * classes + labels[s];
      const top = e[from];
      if (top === e[from - 1] && top === e[from - 2] && top !== EMPTY) {
        const sum = m[from] + m[from - 1] + skips[s] * m[from - 2];
        alpha.set(from + width, sum * y.m[k], top + y.e[k]);
      } else alpha.setSum(from + width, alpha, from, -1, skips[s], y.m[k], y.e[k]);
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
  const steps = rows.length;
  const width = states + PAD;
  const beta = new ScaledNumbers(width);
  const next = new ScaledNumbers(width);
  const row = new Float64Array(classes);
  const inverse = 1 / p.m;
  for (let s = Math.max(0, states - 2); s < states; s++) beta.set(s, 1, 0);
  for (let t = steps - 1; t >= 0; t--) {
    const at = t * classes;
    for (let k = 0; k < classes; k++) row[k] = scaled(y.m[at + k], y.e[at + k]);
    const end = endState(states, t);
    for (let s = firstState(states, steps, t); s < end; s++) {
      const here = t * width + PAD + s;
      const k = at + labels[s];
      const b = beta.m[s];
      const m = alpha.m[here] * b * inverse;
      const e = alpha.e[here] + beta.e[s] - p.e;
      row[labels[s]] -= e === 0 ? m : scaled(m, e);
      next.set(s, b * y.m[k], beta.e[s] + y.e[k]);
    }
    slopes.set(row, rows[t]);
    if (t > 0) follow(next, beta, skips, firstState(states, steps, t - 1), endState(states, t - 1));
  }
}

/** Each state's sum over those that follow it: itself, the next and, where it may be skipped to, the one behind that. */
function follow(
  next: ScaledNumbers,
  to: ScaledNumbers,
  skips: Uint8Array,
  first: number,
  end: number,
): void {
  const { m, e } = next;
  for (let s = first; s < end; s++) {
    const skip = s + 2 < skips.length ? skips[s + 2] : 0;
    const top = e[s];
    if (top === e[s + 1] && top === e[s + 2] && top !== EMPTY) {
      to.set(s, m[s] + m[s + 1] + skip * m[s + 2], top);
    } else to.setSum(s, next, s, 1, skip, 1, 0);
  }
}
