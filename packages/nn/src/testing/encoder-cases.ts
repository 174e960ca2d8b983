import { type Tensor, type Tensors, transpose } from '@unroll/tensor';
import type { FixtureCase, Floating } from '@unroll/tensor/testing/fixture-case';
import { BatchNorm1d, BatchNorm2d } from '../layers/batch-norm.ts';
import { Conv1d, Conv2d } from '../layers/convolution.ts';
import { AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d } from '../layers/pooling.ts';
import type { Module } from '../module/module.ts';
import { checkModule, type ModuleCase } from './module-case.ts';
import { read } from './read.ts';

interface Case extends ModuleCase {
  readonly layer: keyof typeof layers;
  readonly options: Record<string, unknown>;
  readonly training: boolean;
}

const norms = { BatchNorm1d, BatchNorm2d };
const convolutions = { Conv1d, Conv2d };
const pools = { MaxPool1d, MaxPool2d, AvgPool1d, AvgPool2d };
const layers = { ...norms, ...convolutions, ...pools };

/** Convolution, pooling and batch norm against PyTorch, with the statistics that they leave. */
export async function encoderCases(): Promise<FixtureCase[]> {
  const { cases } = await read<{ cases: Case[] }>('encoders');
  return cases.map((each, i) => ({
    title: `${each.layer} ${JSON.stringify(each.options)}, training ${each.training}, from ${each.dtype} (case ${i})`,
    dtype: each.dtype,
    run: (dtype, tolerance) =>
      checkModule(make(each, dtype), each, (values) => ours(each.layer, values), {
        dtype,
        tolerance,
      }),
  }));
}

function make({ layer, options, training }: Case, dtype: Floating) {
  const Layer = layers[layer] as unknown as new (
    options: object,
  ) => Module & { forward(x: Tensor): Tensor };
  return new Layer(layer in pools ? options : { ...options, dtype }).train(training);
}

/** PyTorch's names and layout, in ours. */
function ours(layer: string, values: Tensors): Tensors {
  const renamed = Object.entries(values).map(([name, value]) => {
    if (name === 'bias') return ['b', value] as const;
    if (name === 'running_mean') return ['runningMean', value] as const;
    if (name === 'running_var') return ['runningVar', value] as const;
    if (!(layer in convolutions)) return ['g', value] as const;
    return ['W', transpose(value, value.rank === 3 ? [2, 1, 0] : [2, 3, 1, 0])] as const;
  });
  return Object.fromEntries(renamed);
}
