import type { AttentionScore } from '@unroll/attention';
import type { CellName } from '@unroll/cells';

/** With attention, or with the encoder's last states alone. */
export type ModelKind = 'attention' | 'plain';

/** Everything that decides what a run computes, besides the seed. */
export interface Settings {
  readonly model: ModelKind;
  readonly cell: CellName;
  readonly score: AttentionScore;
  readonly embeddingSize: number;
  readonly hiddenSize: number;
  readonly batchSize: number;
  /** Highest learning rate; it falls to a hundredth along a cosine. */
  readonly lr: number;
  /** Longest the gradient of all weights may be. */
  readonly clip: number;
  readonly steps: number;
  /** Steps between two validations, and between two checkpoints. */
  readonly every: number;
}

/** Under three minutes on two cores. */
export const full: Settings = {
  model: 'attention',
  cell: 'gru',
  score: 'additive',
  embeddingSize: 32,
  hiddenSize: 96,
  batchSize: 64,
  lr: 4e-3,
  clip: 1,
  steps: 1500,
  every: 150,
};

/** Under 20 seconds; it does not get them all. */
export const quick: Settings = { ...full, hiddenSize: 64, steps: 300, every: 60 };
