import { type Tensor, transpose } from '@unroll/tensor';
import { expectClose, fixture } from '@unroll/tensor/testing';
import { describe, test } from 'vitest';
import type { Module } from '../module/module.ts';
import { BatchNorm1d, BatchNorm2d } from './batch-norm.ts';
import { Conv1d, Conv2d } from './convolution.ts';
import { AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d } from './pooling.ts';

interface Case {
  layer: keyof typeof layers;
  options: Record<string, unknown>;
  training: boolean;
  dtype: 'float64' | 'float32';
  parameters: Record<string, Tensor>;
  statistics: Record<string, Tensor>;
  statisticsAfter: Record<string, Tensor>;
  x: Tensor;
  output: Tensor;
  dOutput: Tensor;
  gradients: Record<string, Tensor>;
}

const norms = { BatchNorm1d, BatchNorm2d };
const convolutions = { Conv1d, Conv2d };
const pools = { MaxPool1d, MaxPool2d, AvgPool1d, AvgPool2d };
const layers = { ...norms, ...convolutions, ...pools };
const { cases } = fixture<{ cases: Case[] }>(import.meta.url, 'encoders');

/** PyTorch's names and layout, in ours. */
function ours(layer: string, values: Record<string, Tensor>): Record<string, Tensor> {
  const renamed = Object.entries(values).map(([name, value]) => {
    if (name === 'bias') return ['b', value] as const;
    if (name === 'running_mean') return ['runningMean', value] as const;
    if (name === 'running_var') return ['runningVar', value] as const;
    if (!(layer in convolutions)) return ['g', value] as const;
    return ['W', transpose(value, value.rank === 3 ? [2, 1, 0] : [2, 3, 1, 0])] as const;
  });
  return Object.fromEntries(renamed);
}

function make({ layer, options, dtype, training }: Case) {
  const Layer = layers[layer] as unknown as new (
    options: object,
  ) => Module & { forward(x: Tensor): Tensor };
  return new Layer(layer in pools ? options : { ...options, dtype }).train(training);
}

describe('convolution, pooling and batch norm match PyTorch in values, gradients and statistics', () => {
  test.each(cases)('$layer $options in $dtype, training $training', (expected) => {
    const { layer, parameters, statistics, x, gradients } = expected;
    const module = make(expected);
    module.loadStateDict({ ...ours(layer, parameters), ...ours(layer, statistics) });
    x.requiresGrad = true;
    const y = module.forward(x);
    y.backward({ gradient: expected.dOutput });
    expectClose(y, expected.output);
    const { x: dx, ...others } = gradients;
    expectClose(x.grad as Tensor, dx);
    for (const [name, value] of Object.entries(ours(layer, others))) {
      expectClose(module.namedParameters().get(name)?.grad as Tensor, value);
    }
    for (const [name, value] of Object.entries(ours(layer, expected.statisticsAfter))) {
      expectClose(module.namedBuffers().get(name) as Tensor, value);
    }
  });
});
