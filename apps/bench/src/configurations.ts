import type { TrainingSpec } from './specs.ts';

type Sizes = Omit<TrainingSpec, 'kind' | 'cell'>;

/** The shapes that training steps are measured at: input dense and random, without a gradient to it; full lengths. */
const configurations = {
  'char-small': { batch: 32, time: 50, inputSize: 64, hiddenSize: 128, numLayers: 1, classes: 65 },
  'char-512': { batch: 64, time: 40, inputSize: 256, hiddenSize: 512, numLayers: 1, classes: 80 },
  imdb: { batch: 32, time: 200, inputSize: 20, hiddenSize: 64, numLayers: 1, classes: 2 },
  'two-layer-200': {
    batch: 20,
    time: 20,
    inputSize: 200,
    hiddenSize: 200,
    numLayers: 2,
    classes: 0,
  },
} as const satisfies Record<string, Sizes>;

type ConfigurationName = keyof typeof configurations;

export const configurationNames = Object.keys(configurations) as ConfigurationName[];

export const cellNames = ['lstm', 'gru'] as const;

/** A training step of a cell at one of the {@link configurations}. */
export function trainingAt(cell: TrainingSpec['cell'], name: ConfigurationName): TrainingSpec {
  return { kind: 'training', cell, ...configurations[name] };
}

/** Tokens that one training step sees. */
export function tokensOf({ batch, time }: TrainingSpec): number {
  return batch * time;
}

/**
 * Numbers that a model of this shape trains. A GRU that resets after the product has a second bias for its candidate;
 * peers that have more biases than the equations need say so.
 */
export function parametersOf(spec: TrainingSpec): number {
  const { cell, inputSize, hiddenSize: n, numLayers, classes } = spec;
  const gates = cell === 'lstm' ? 4 : 3;
  const layer = (m: number) => gates * (m * n + n * n + n) + (cell === 'gru' ? n : 0);
  const layers = layer(inputSize) + (numLayers - 1) * layer(n);
  return layers + (classes > 0 ? n * classes + classes : 0);
}

/** Lengths that fall evenly from all steps to a quarter of them, the longest first. */
export function raggedLengths({ batch, time }: Pick<TrainingSpec, 'batch' | 'time'>): number[] {
  return Array.from({ length: batch }, (_, i) => Math.ceil(time * (1 - (0.75 * i) / batch)));
}
