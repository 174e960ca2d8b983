import type { CellName } from '@unroll/cells';

/** Everything that decides what a run computes, besides the text and the seed. */
export interface Settings {
  readonly cell: CellName;
  readonly embeddingSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly dropout: number;
  /** Rows of text read side by side. */
  readonly batchSize: number;
  /** Characters of each row in one training step; the gradient goes no further back. */
  readonly window: number;
  /** Highest learning rate; it falls to a twentieth along a cosine. */
  readonly lr: number;
  /** Longest the gradient of all weights may be. */
  readonly clip: number;
  readonly steps: number;
  /** Steps between two validations, and between two checkpoints. */
  readonly every: number;
  /** Validations without a better loss after which training ends. */
  readonly patience: number;
}

const base: Settings = {
  cell: 'lstm',
  embeddingSize: 32,
  hiddenSize: 64,
  numLayers: 1,
  dropout: 0,
  batchSize: 16,
  window: 32,
  lr: 1.2e-2,
  clip: 1,
  steps: 1200,
  every: 150,
  patience: 4,
};

/** What a run is for; the number of steps is what decides how long it takes. */
export type Preset = 'start' | 'quick' | 'quickData' | 'full';

export const presets: Readonly<Record<Preset, Settings>> = {
  /** `npm start`: on the embedded text, well under two minutes on two cores. */
  start: base,
  /** On the embedded text, under 20 seconds. */
  quick: { ...base, hiddenSize: 48, steps: 250, every: 125 },
  /** On a text of the user's, at most three minutes. */
  quickData: { ...base, hiddenSize: 96, window: 40, lr: 8e-3, steps: 800, every: 200 },
  /** As long as it is worth on this backend: about half an hour. */
  full: {
    ...base,
    embeddingSize: 64,
    hiddenSize: 256,
    dropout: 0.1,
    batchSize: 32,
    window: 64,
    lr: 4e-3,
    steps: 2000,
    every: 200,
  },
};
