import type { CellName } from '@unroll/cells';
import type { Level } from './levels.ts';

/** What reads the text: recurrent layers, or a Transformer. */
export type ModelKind = 'recurrent' | 'transformer';

/** Everything that decides what a run computes, besides the text and the seed. */
export interface Settings {
  /** What is read and written one by one. */
  readonly level: Level;
  readonly model: ModelKind;
  /** Of recurrent layers. */
  readonly cell: CellName;
  /** Features of a character or word, for recurrent layers. */
  readonly embeddingSize: number;
  /** Units of each layer; features of a Transformer's rows. */
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly dropout: number;
  /** Whether the scores are made with the embedding's weights; default false. */
  readonly tied?: boolean;
  /** Rows of text read side by side. */
  readonly batchSize: number;
  /**
   * Characters or words of each row in one training step; the gradient goes no further back. A Transformer sees so many, wherever a
   * step begins.
   */
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
  level: 'char',
  model: 'recurrent',
  cell: 'lstm',
  embeddingSize: 48,
  hiddenSize: 192,
  numLayers: 1,
  dropout: 0,
  batchSize: 32,
  window: 64,
  lr: 6e-3,
  clip: 1,
  steps: 800,
  every: 100,
  patience: 4,
};

/** What a run is for; the number of steps is what decides how long it takes. */
export type Preset = 'start' | 'quick' | 'quickData' | 'full';

const presets: Readonly<Record<Preset, Settings>> = {
  /** `npm start`: on the embedded text, well under two minutes on two cores. */
  start: base,
  /** On the embedded text, under 20 seconds. */
  quick: { ...base, hiddenSize: 64, lr: 1.2e-2, batchSize: 16, window: 32, steps: 600, every: 150 },
  /** On a text of the user's, at most three minutes. */
  quickData: { ...base, hiddenSize: 256, lr: 4e-3 },
  /** Twelve million characters: the run that the task's README shows. */
  full: {
    ...base,
    embeddingSize: 64,
    hiddenSize: 512,
    dropout: 0.2,
    batchSize: 64,
    lr: 2e-3,
    steps: 3000,
    every: 250,
  },
};

/** Four blocks of width 128 over 128 characters. */
const transformer = {
  model: 'transformer',
  hiddenSize: 128,
  numLayers: 4,
  window: 128,
  lr: 2e-3,
} as const;

/** What a Transformer has in their place. */
const transformerPresets: Readonly<Record<Preset, Settings>> = {
  start: { ...presets.start, ...transformer, batchSize: 16, steps: 400, every: 50 },
  quick: {
    ...presets.quick,
    ...transformer,
    hiddenSize: 64,
    numLayers: 2,
    window: 64,
    batchSize: 8,
    steps: 300,
    every: 75,
  },
  quickData: { ...presets.quickData, ...transformer, batchSize: 16, steps: 400, every: 50 },
  full: { ...presets.full, ...transformer, dropout: 0.1, batchSize: 32 },
};

/**
 * What is other for words. There are few of them in a book and their dictionary is long: one matrix is both embedding and head
 * (Press and Wolf 2017), and half of what passes it is dropped, or the net would know the book by heart after a few readings.
 */
const words = {
  level: 'word',
  tied: true,
  embeddingSize: 256,
  hiddenSize: 256,
  dropout: 0.5,
  batchSize: 20,
  window: 35,
  lr: 3e-3,
} as const;

const transformerWords = { ...words, window: 64, dropout: 0.3, lr: 1e-3 } as const;

/** What each preset has of its own. */
const wordSteps: Readonly<Record<Preset, Partial<Settings>>> = {
  start: { steps: 400, every: 100 },
  // The repository's own source has few words, and little time is given.
  quick: { embeddingSize: 96, hiddenSize: 96, dropout: 0.2, lr: 1e-2, steps: 400, every: 100 },
  quickData: { steps: 400, every: 100 },
  full: { steps: 2000, every: 200 },
};

/** The settings that a preset stands for. */
export function presetSettings(preset: Preset, model: ModelKind, level: Level): Settings {
  const chosen = (model === 'transformer' ? transformerPresets : presets)[preset];
  if (level === 'char') return chosen;
  const own = model === 'transformer' ? transformerWords : words;
  return { ...chosen, ...own, ...wordSteps[preset] };
}
