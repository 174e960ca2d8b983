import type { CellName } from '@unroll/cells';
import type { ProblemName } from './problem.ts';

/** One run of a study: everything that decides what it computes, besides the seed. Plain data. */
export interface Trial {
  /** What its metrics begin with: `lstm.t50`. */
  readonly name: string;
  /** Its row in the table of results; the columns are the ranges. */
  readonly row: string;
  /** The small chart in which its learning curve is drawn, and the name of its line there. */
  readonly panel: string;
  readonly line: string;
  readonly problem: ProblemName;
  /** The length, or the distance, that must be bridged. */
  readonly range: number;
  readonly cell: CellName;
  /** How the recurrent weights start; default: as the cell says. */
  readonly start?: 'identity' | 'orthogonal';
  readonly bidirectional?: boolean;
  /** Units of each direction. */
  readonly hiddenSize: number;
  readonly optimizer: 'adam' | 'rmsprop';
  readonly lr: number;
  /** Bounds of the norm of all gradients together; none without. */
  readonly clip?: { readonly norm: number; readonly min?: number };
  /** Steps through which a gradient goes back; through all of them without. */
  readonly window?: number;
  /** Sequences in a training step. */
  readonly batchSize: number;
  /** Batches to learn from, at most: training steps, and as many more as each batch is cut into. */
  readonly batches: number;
  /** Batches between two validations. */
  readonly every: number;
  /** The validation loss below which the problem is solved, and training ends. */
  readonly solved: number;
}
