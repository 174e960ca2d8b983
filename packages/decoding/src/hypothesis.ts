import { math } from '@unroll/backend';
import type { BeamSettings } from './beam-options.ts';

/** A text that a beam search found. */
export interface Hypothesis {
  /** What was generated, without the prompt and the end. */
  readonly ids: readonly number[];
  /** The log-probability of the ids, and of the end where there is one. */
  readonly logProbability: number;
  /** What hypotheses are ordered by: the log-probability with both penalties. */
  readonly score: number;
  /** Whether it came to its end: the end's id, or that of its constraint. Else the length has cut it off. */
  readonly ended: boolean;
}

/** One that goes on. */
export interface Beam {
  readonly ids: readonly number[];
  readonly logProbability: number;
  /** Where its constraint stands. */
  readonly place: unknown;
  /** How much it has looked at each source step; undefined where nobody asks. */
  readonly coverage: Float64Array | undefined;
}

type Penalties = Pick<BeamSettings<unknown>, 'lengthPenalty' | 'coveragePenalty'>;

/**
 * s(Y) = log P(Y)/lp(Y) + cp (Wu et al. 2016, eq. 14), the end counted in the length.
 *
 * @param coverage Σₜ p_ti for each source step i
 */
export function scoreOf(
  logProbability: number,
  length: number,
  coverage: Float64Array | undefined,
  { lengthPenalty, coveragePenalty }: Penalties,
): number {
  const lp = lengthFactor(length, lengthPenalty);
  if (coverage === undefined || coveragePenalty === 0) return logProbability / lp;
  // A source step that nothing has looked at would cost Infinity, and all texts alike.
  const least = 1e-10;
  const seen = coverage.reduce((sum, p) => sum + math.log(Math.max(least, Math.min(p, 1))), 0);
  return logProbability / lp + coveragePenalty * seen;
}

/** No text that begins with this log-probability can score higher, within so many ids. */
export function bestPossible(logProbability: number, length: number, penalties: Penalties): number {
  return logProbability / lengthFactor(length, penalties.lengthPenalty);
}

function lengthFactor(length: number, alpha: number): number {
  return math.pow((5 + length) / 6, alpha);
}
