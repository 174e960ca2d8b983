import type { RowPlaces } from './attention.ts';
import type { Memory, Operand } from './memory.ts';

/** Connectionist temporal classification (Graves et al. 2006): −log p(labels | logits) of each sequence. */
export interface Ctc {
  /** `[rows, classes]`; the probabilities are their softmax. */
  readonly logits: Operand;
  readonly places: RowPlaces;
  /** int32 `[batch, longest]`; the first `labelLengths[i]` of a row are the labels of sequence i, maybe none. */
  readonly labels: Operand;
  readonly labelLengths: readonly number[];
  /** The class that says nothing, and is no label. */
  readonly blank: number;
  /** Whether a sequence that cannot say its labels costs 0 and has no gradient. Else one too short is a DataError. */
  readonly zeroInfinity: boolean;
  /** Whether the derivative is wanted too. */
  readonly gradient: boolean;
}

/** `[batch]`, and `[rows, classes]`: the derivative of each sequence's own loss. */
export type CtcResult = [losses: Memory, dlogits?: Memory];

/**
 * A linear chain (Lafferty et al. 2001): −log p(tags | emissions) of each sequence. A score of −Infinity forbids what it
 * stands at.
 */
export interface Crf {
  /** `[rows, tags]` */
  readonly emissions: Operand;
  readonly places: RowPlaces;
  /** int32 `[rows]` */
  readonly tags: Operand;
  /** `[tags, tags]`: from a row's tag to a column's. */
  readonly transitions: Operand;
  /** `[tags]`: of the first step's tag. */
  readonly start: Operand;
  /** `[tags]`: of the last step's tag. */
  readonly end: Operand;
  /** Whether the derivatives are wanted too. */
  readonly gradient: boolean;
}

/**
 * `[batch]`; then the derivatives of each sequence's own loss, `[rows, tags]` and `[batch, tags, tags]`. Those of start and
 * end are the first and last rows of that of the emissions.
 */
export type CrfResult = [losses: Memory, dEmissions?: Memory, dTransitions?: Memory];
