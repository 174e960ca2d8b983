import { DataError, OptionError, refuseUnknownOptions } from '@unroll/backend';
import type { StateTree, Tensor } from '@unroll/tensor';
import type { Constraint } from './constraint.ts';
import { needCounts } from './counts.ts';

/** What a beam search is asked for. */
export interface BeamSearchOptions<State = StateTree> {
  /** Ids that the model reads first, for each of the batch; all of one length. */
  prompts: readonly ArrayLike<number>[];
  /** Most ids to generate. */
  length: number;
  /** How many beams are followed for each of the batch; more than there are continuations does no harm. Default 4. */
  width?: number;
  /** How many results to give for each, at most `width`; there are fewer where fewer are possible. Default 1. */
  nBest?: number;
  /** The id that ends a text. Default: none, so that all go on to `length`. */
  end?: number;
  /** α of Wu et al. 2016, eq. 14: a log-probability is divided by ((5 + ids)/6)^α. Above 0 longer texts gain. Default 0. */
  lengthPenalty?: number;
  /** β of the same: adds β·Σᵢ log min(Σₜ p_ti, 1) over source steps i that a text has looked at with weights p. Default 0. */
  coveragePenalty?: number;
  /** Those weights, `[rows, time, source]`, from what the model gave; needed for a coverage penalty. */
  attention?: (result: { readonly output: Tensor; readonly state: State }) => Tensor;
  /** Which ids may come, such as `oneOf` and `matching` make. Default: all. */
  constraint?: Constraint;
  /** The state before the prompts, of as many rows; default: the model's own start. */
  state?: State;
  /** Ends the search at the next step, with the signal's reason. */
  signal?: AbortSignal;
}

/** Options that were checked. */
export type BeamSettings<State> = BeamSearchOptions<State> &
  Required<Pick<BeamSearchOptions<State>, 'width' | 'nBest' | 'lengthPenalty' | 'coveragePenalty'>>;

const known: Record<keyof BeamSearchOptions, true> = {
  prompts: true,
  length: true,
  width: true,
  nBest: true,
  end: true,
  lengthPenalty: true,
  coveragePenalty: true,
  attention: true,
  constraint: true,
  state: true,
  signal: true,
};

/** @throws OptionError, DataError for what cannot be searched */
export function settleBeam<State>(options: BeamSearchOptions<State>): BeamSettings<State> {
  const name = 'beamSearch';
  refuseUnknownOptions(name, options, known);
  const { prompts, length, width = 4, nBest = 1, end } = options;
  const { lengthPenalty = 0, coveragePenalty = 0, attention } = options;
  needCounts(name, { length, width, nBest });
  const wrong: string[] = [];
  if (nBest > width) wrong.push(`nBest must be at most width; got ${nBest} and ${width}`);
  for (const [which, value] of Object.entries({ lengthPenalty, coveragePenalty })) {
    if (!(value >= 0 && value < Infinity))
      wrong.push(`${which} must be a number ≥ 0; got ${value}`);
  }
  if (coveragePenalty > 0 && !attention) {
    wrong.push('a coveragePenalty needs attention, the weights in what the model gives');
  }
  if (end !== undefined && !(Number.isInteger(end) && end >= 0)) {
    wrong.push(`end must be an id; got ${end}`);
  }
  if (wrong.length > 0) throw new OptionError(name, wrong.join('; '), { width, nBest, end });
  checkPrompts(prompts);
  return { ...options, width, nBest, lengthPenalty, coveragePenalty };
}

function checkPrompts(prompts: readonly ArrayLike<number>[]): void {
  const lengths = [...new Set(prompts.map(({ length }) => length))];
  if (lengths.length === 1 && lengths[0] > 0) return;
  if (lengths.length < 2) {
    throw new DataError(
      'beamSearch',
      'a prompt is empty, or there is none; give at least one id to begin with',
    );
  }
  throw new DataError(
    'beamSearch',
    `prompts must have one length; got ${lengths.join(' and ')}. Search those of each length together.`,
    { lengths },
  );
}
