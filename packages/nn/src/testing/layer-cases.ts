import { type Tensor, type Tensors, transpose } from '@unroll/tensor';
import type { FixtureCase, Floating } from '@unroll/tensor/testing/fixture-case';
import { Embedding } from '../layers/embedding.ts';
import { Linear } from '../layers/linear.ts';
import { LayerNorm, RMSNorm } from '../layers/normalization.ts';
import type { Module } from '../module/module.ts';
import { checkModule, type ModuleCase } from './module-case.ts';
import { read } from './read.ts';

interface Case extends ModuleCase {
  readonly layer: keyof typeof layers;
  readonly options: Record<string, number | boolean>;
}

const layers = { Linear, Embedding, LayerNorm, RMSNorm };

/** Linear, Embedding and the norms of rows against PyTorch. */
export async function layerCases(): Promise<FixtureCase[]> {
  const { cases } = await read<{ cases: Case[] }>('layers');
  return cases.map((each) => ({
    title: `${each.layer} ${JSON.stringify(each.options)} from ${each.dtype}`,
    dtype: each.dtype,
    run: (dtype, tolerance) =>
      checkModule(make(each, dtype), each, (values) => ours(each.layer, values), {
        dtype,
        tolerance,
      }),
  }));
}

function make({ layer, options }: Case, dtype: Floating) {
  const Layer = layers[layer] as unknown as new (
    options: object,
  ) => Module & { forward(x: Tensor): Tensor };
  return new Layer({ ...options, dtype });
}

/** PyTorch's names and layout, in ours. */
function ours(layer: string, parameters: Tensors): Tensors {
  const renamed = Object.entries(parameters).map(([name, value]) => {
    if (name === 'bias') return ['b', value] as const;
    if (layer === 'Linear') return ['W', transpose(value)] as const;
    return [layer === 'Embedding' ? 'W' : 'g', value] as const;
  });
  return Object.fromEntries(renamed);
}
