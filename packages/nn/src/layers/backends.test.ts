import { type Backend, reference } from '@unroll/backend';
import { tolerances } from '@unroll/backend/testing';
import {
  currentBackend,
  manualSeed,
  randomStream,
  Sequence,
  type Tensor,
  useBackend,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { describe, expect, test } from 'vitest';
import type { Module } from '../module/module.ts';
import { BatchNorm1d, BatchNorm2d } from './batch-norm.ts';
import { Conv1d, Conv2d } from './convolution.ts';
import { globalAvgPool, globalMaxPool } from './global-pooling.ts';
import { MLP } from './mlp.ts';
import { OneHot } from './one-hot.ts';
import { AvgPool2d, MaxPool1d, MaxPool2d } from './pooling.ts';
import type { Rows } from './rowwise.ts';
import { WordHash } from './word-hash.ts';

// Large enough that the fast backend computes by itself.
const grid = () => randomStream('x').normal([8, 8, 16, 16]);
const line = () => randomStream('x').normal([16, 8, 100]);
const steps = () =>
  Sequence.fromArrays([90, 41, 7, 64].map((n) => randomStream('x').normal([n, 8])));
const ids = () => randomStream('x').integers([40, 30], { high: 3 });
const conv = { inChannels: 8, outChannels: 16, kernelSize: 3 };

const layers: Record<string, [make: () => Module | ((x: Rows) => Tensor), input: () => Rows]> = {
  'Conv1d over lines': [() => new Conv1d({ ...conv, padding: 1, stride: 2 }), line],
  'Conv1d over sequences': [() => new Conv1d({ ...conv, padding: 'same' }), steps],
  Conv2d: [() => new Conv2d({ ...conv, padding: 1 }), grid],
  'Conv2d in groups': [() => new Conv2d({ ...conv, groups: 4, stride: 2 }), grid],
  'MaxPool1d over sequences': [() => new MaxPool1d({ kernelSize: 3, padding: 1 }), steps],
  MaxPool2d: [() => new MaxPool2d({ kernelSize: 2 }), grid],
  AvgPool2d: [() => new AvgPool2d({ kernelSize: 3, stride: 2, padding: 1 }), grid],
  'BatchNorm1d over sequences': [() => new BatchNorm1d({ size: 8 }), steps],
  'BatchNorm2d in use': [() => new BatchNorm2d({ size: 8 }).eval(), grid],
  BatchNorm2d: [() => new BatchNorm2d({ size: 8 }), grid],
  globalMaxPool: [() => globalMaxPool, grid],
  globalAvgPool: [() => globalAvgPool, steps],
  MLP: [() => new MLP({ inputSize: 8, hiddenSizes: [64], outputSize: 4 }), steps],
  OneHot: [() => new OneHot({ numIds: 2, other: true }), ids],
  WordHash: [() => new WordHash({ tokens: ['apple', 'bag', 'cat'] }), ids],
};

function within<T>(backend: Backend, fn: () => T): T {
  const before = useBackend(backend);
  try {
    return fn();
  } finally {
    useBackend(before);
  }
}

/** The values of the output, the gradients and the statistics. */
function run(name: string): Tensor[] {
  manualSeed(5);
  const [make, input] = layers[name];
  const layer = make();
  const x = input();
  const rows = x instanceof Sequence ? x.rows.detach() : x;
  if (rows.dtype === 'float32') rows.requiresGrad = true;
  const given = x instanceof Sequence ? x.withRows(rows) : x;
  const forward =
    typeof layer === 'function' ? layer : (layer.forward as (x: Rows) => Rows).bind(layer);
  const made = forward(given);
  const y = made instanceof Sequence ? made.rows : made;
  if (y.requiresGrad) y.backward({ gradient: randomStream('dy').normal(y.shape) });
  const leaves =
    typeof layer === 'function' ? [] : [...layer.parameters(), ...layer.namedBuffers().values()];
  return [y, rows.grad, ...leaves.map((leaf) => leaf.grad ?? leaf)].flatMap((t) => t ?? []);
}

describe('the fast backend gives what the reference gives, values, gradients and statistics', () => {
  test.each(Object.keys(layers))('of %s', (name) => {
    expect(currentBackend().name).toBe('wasm');
    const expected = within(reference(), () => run(name).map((x) => x.dataSync()));
    for (const [i, x] of run(name).entries()) {
      expectClose(x, expected[i], tolerances.fixture.float32);
    }
  });
});

describe('without reading a value, forward and backward', () => {
  const blind = {
    ...reference(),
    name: 'blind',
    read: () => Promise.reject(new Error('read')),
    readSync: undefined,
  };

  test.each(Object.keys(layers))('runs %s', (name) => {
    const made = within(blind, () => run(name));
    expect(made.every((x) => x.storage.backend === blind)).toBe(true);
  });
});
