import {
  add,
  div,
  manualSeed,
  mul,
  randomStream,
  Sequence,
  type Tensor,
  tanh,
  tensor,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { Dropout } from './layers/dropout.ts';
import { Embedding } from './layers/embedding.ts';
import { Linear } from './layers/linear.ts';
import { LayerNorm, RMSNorm } from './layers/normalization.ts';
import type { Rows } from './layers/rowwise.ts';
import { Sequential } from './layers/sequential.ts';
import { bceWithLogits } from './losses/binary.ts';
import { crossEntropy } from './losses/cross-entropy.ts';
import { halfSquaredError, huberLoss, l1Loss, mseLoss } from './losses/distance.ts';
import type { Module } from './module/module.ts';
import { activationL1, activationL2, temporalChange } from './penalties/activations.ts';

// The property of sequences without padding: what is computed from a ragged batch, loss and gradients, is what the single
// sequences give one by one. Summed losses add up; means do when each counts as often as it is long.

type Layer = Module & { forward<X extends Rows>(input: X): X };
type Reduction = 'mean' | 'sum';
type Cost = (output: Sequence, target: Sequence, reduction: Reduction) => Tensor;

const classes = 4;
const dtype = 'float64' as const;
const ids = { high: classes };
const weight = tensor([0.5, 2, 1, 0.1], { dtype });

const layers: Record<string, () => Layer> = {
  Linear: () => new Linear({ inputSize: classes, outputSize: classes, dtype }),
  LayerNorm: () => new LayerNorm({ size: classes, dtype }),
  RMSNorm: () => new RMSNorm({ size: classes, dtype }),
  'Dropout in use': () => new Dropout().eval(),
  Sequential: () =>
    new Sequential(
      new Linear({ inputSize: classes, outputSize: 3, dtype }),
      tanh,
      new Linear({ inputSize: 3, outputSize: classes, dtype }),
    ),
};
const lookups: Record<string, () => Layer> = {
  Embedding: () => new Embedding({ numEmbeddings: classes, embeddingSize: classes, dtype }),
  'Embedding with padding': () =>
    new Embedding({ numEmbeddings: classes, embeddingSize: classes, paddingIdx: 1, dtype }),
};

const regressions: Record<string, Cost> = {
  mseLoss: (x, y, reduction) => mseLoss(x, y, { reduction }),
  l1Loss: (x, y, reduction) => l1Loss(x, y, { reduction }),
  huberLoss: (x, y, reduction) => huberLoss(x, y, { reduction, delta: 0.7 }),
  halfSquaredError: (x, y, reduction) => halfSquaredError(x, y, { reduction }),
  bceWithLogits: (x, y, reduction) => bceWithLogits(x, y, { reduction, posWeight: 3 }),
  activationL1: (x, _y, reduction) => activationL1(x, { reduction }),
  activationL2: (x, _y, reduction) => activationL2(x, { reduction }),
};
const classifications: Record<string, Cost> = {
  crossEntropy: (x, y, reduction) => crossEntropy(x, y, { reduction }),
  'crossEntropy with smoothing': (x, y, reduction) =>
    crossEntropy(x, y, { reduction, labelSmoothing: 0.2 }),
};
// Their means are not over rows, but over weights, real targets or pairs of steps.
const sumsOnly: Record<string, Cost> = {
  'the change of norms': (x, _y, reduction) => temporalChange(x, { reduction }),
  'the change of states': (x, _y, reduction) => temporalChange(x, { reduction, of: 'state' }),
};
const weightedSums: Record<string, Cost> = {
  'crossEntropy with weights': (x, y, reduction) =>
    crossEntropy(x, y, { reduction, weight, ignoreIndex: 2, labelSmoothing: 0.2 }),
};

interface Setting {
  layer: Layer;
  error: Cost;
  inputs: readonly Tensor[];
  targets: readonly Tensor[];
}

function evaluate({ layer, error, inputs, targets }: Setting, reduction: Reduction): Tensor {
  const output = layer.forward(Sequence.fromArrays(inputs));
  return error(output, Sequence.fromArrays(targets), reduction);
}

function one(setting: Setting, i: number): Setting {
  return { ...setting, inputs: [setting.inputs[i]], targets: [setting.targets[i]] };
}

/** The loss and all gradients of a function of a setting. */
function measure(setting: Setting, loss: () => Tensor): Tensor[] {
  const leaves = [...setting.layer.parameters(), ...setting.inputs.filter((x) => x.requiresGrad)];
  for (const leaf of leaves) leaf.grad = undefined;
  const value = loss();
  if (value.requiresGrad) value.backward();
  return [value.detach(), ...leaves.flatMap(({ grad }) => grad ?? [])];
}

function expectAdditive(setting: Setting, reduction: Reduction): void {
  const lengths = setting.inputs.map((x) => x.shape[0]);
  const total = lengths.reduce((a, b) => a + b);
  const together = measure(setting, () => evaluate(setting, reduction));
  const singles = measure(setting, () =>
    lengths
      .map((n, i) => {
        const loss = evaluate(one(setting, i), reduction);
        return reduction === 'sum' ? loss : div(mul(loss, n), total);
      })
      .reduce((a, b) => add(a, b)),
  );
  for (const [i, value] of together.entries()) expectClose(value, singles[i]);
}

const batches = fc.record({
  lengths: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
  seed: fc.nat(1000),
});

interface Kinds {
  input: 'ids' | 'rows';
  target: 'ids' | 'rows';
}

function holds(make: () => Layer, error: Cost, kinds: Kinds, reductions: readonly Reduction[]) {
  fc.assert(
    fc.property(batches, ({ lengths, seed }) => {
      manualSeed(seed);
      const draw = (kind: 'ids' | 'rows', name: string): Tensor[] =>
        lengths.map((n) => {
          const stream = randomStream(name);
          if (kind === 'ids') return stream.integers([n], ids);
          const rows = stream.normal([n, classes], { dtype });
          rows.requiresGrad = name === 'inputs';
          return rows;
        });
      const inputs = draw(kinds.input, 'inputs');
      const setting = { layer: make(), error, inputs, targets: draw(kinds.target, 'targets') };
      for (const reduction of reductions) expectAdditive(setting, reduction);
    }),
    { numRuns: 20 },
  );
}

describe('a ragged batch is the sum of its sequences, and the mean weighted by length', () => {
  const both = ['sum', 'mean'] as const;

  test.each(Object.entries(layers))('for the layer %s', (_name, make) => {
    holds(make, regressions.halfSquaredError, { input: 'rows', target: 'rows' }, both);
  });

  test.each(Object.entries(lookups))('for the layer %s', (_name, make) => {
    holds(make, regressions.mseLoss, { input: 'ids', target: 'rows' }, both);
  });

  test.each(Object.entries(regressions))('for %s', (_name, error) => {
    holds(layers.Linear, error, { input: 'rows', target: 'rows' }, both);
  });

  test.each(Object.entries(classifications))('for %s', (_name, error) => {
    holds(layers.Linear, error, { input: 'rows', target: 'ids' }, both);
  });

  test.each(Object.entries(sumsOnly))('summed, for %s', (_name, error) => {
    // The bias cancels in a difference of states: its gradient is nothing but rounding.
    const make = () => new Linear({ inputSize: classes, outputSize: classes, bias: false, dtype });
    holds(make, error, { input: 'rows', target: 'rows' }, ['sum']);
  });

  test.each(Object.entries(weightedSums))('summed, for %s', (_name, error) => {
    holds(layers.Linear, error, { input: 'rows', target: 'ids' }, ['sum']);
  });
});
