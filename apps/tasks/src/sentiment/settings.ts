import type { CellName, Pool } from '@unroll/cells';

export type Reader = 'recurrent' | 'convolution' | 'average';

/** Everything that decides what a run computes, besides the seed and the data. */
export interface Settings {
  readonly model: Reader;
  readonly cell: CellName;
  readonly pool: Pool;
  readonly bidirectional: boolean;
  readonly embeddingSize: number;
  readonly hiddenSize: number;
  /** Share dropped of the words' features and before the head. */
  readonly dropout: number;
  /** Ids of the vocabulary at most, and how often a word must have been seen to be in it. */
  readonly maxVocab: number;
  readonly minCount: number;
  /** The last words of a text that are read. */
  readonly maxLength: number;
  readonly batchSize: number;
  readonly epochs: number;
  /** Highest learning rate; it falls to a twentieth along a cosine. */
  readonly lr: number;
  /** Longest the gradient of all weights may be. */
  readonly clip: number;
  /** Validations without a better one after which training stops. */
  readonly patience: number;
  /** Whether rare classes weigh as much as common ones. */
  readonly balance: boolean;
  /** Reviews that are made up where there is no data. */
  readonly madeUp: number;
}

/** About ten minutes with 25,000 film reviews on two cores. */
export const full: Settings = {
  model: 'recurrent',
  cell: 'lstm',
  pool: 'mean-max',
  bidirectional: true,
  embeddingSize: 64,
  hiddenSize: 64,
  dropout: 0.5,
  maxVocab: 20_000,
  minCount: 2,
  maxLength: 400,
  batchSize: 32,
  epochs: 3,
  lr: 1e-3,
  clip: 1,
  patience: 4,
  balance: false,
  madeUp: 6000,
};

/** Under 20 seconds with made-up reviews, under three minutes with 25,000 film reviews. */
export const quick: Settings = {
  ...full,
  embeddingSize: 32,
  hiddenSize: 32,
  dropout: 0.3,
  maxLength: 150,
  epochs: 1,
  madeUp: 2000,
};

/** Made-up reviews are short and their words few: smaller steps would take many more epochs. */
export const madeUpSettings: Partial<Settings> = { lr: 4e-3, dropout: 0.2, epochs: 5 };
export const quickMadeUpSettings: Partial<Settings> = { lr: 8e-3, dropout: 0.1, epochs: 8 };
