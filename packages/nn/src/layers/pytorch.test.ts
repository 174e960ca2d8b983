import { type Tensor, transpose } from '@unroll/tensor';
import { expectClose, fixture } from '@unroll/tensor/testing';
import { describe, test } from 'vitest';
import type { Module } from '../module/module.ts';
import { Embedding } from './embedding.ts';
import { Linear } from './linear.ts';
import { LayerNorm, RMSNorm } from './normalization.ts';
import type { Rows } from './rowwise.ts';

interface Case {
  layer: keyof typeof layers;
  options: Record<string, number | boolean>;
  dtype: 'float64' | 'float32';
  parameters: Record<string, Tensor>;
  x: Tensor;
  output: Tensor;
  dOutput: Tensor;
  gradients: Record<string, Tensor>;
}

const layers = { Linear, Embedding, LayerNorm, RMSNorm };
const { cases } = fixture<{ cases: Case[] }>(import.meta.url, 'layers');

/** PyTorch's names and layout, in ours. */
function ours(layer: string, parameters: Record<string, Tensor>): Record<string, Tensor> {
  const renamed = Object.entries(parameters).map(([name, value]) => {
    if (name === 'bias') return ['b', value] as const;
    if (layer === 'Linear') return ['W', transpose(value)] as const;
    return [layer === 'Embedding' ? 'W' : 'g', value] as const;
  });
  return Object.fromEntries(renamed);
}

describe('layers match PyTorch in value, input gradient and weight gradients', () => {
  test.each(cases)('$layer $options in $dtype', (expected) => {
    const { layer, options, dtype, parameters, x, gradients } = expected;
    const Layer = layers[layer] as unknown as new (
      options: object,
    ) => Module & {
      forward(x: Rows): Tensor;
    };
    const module = new Layer({ ...options, dtype });
    module.loadStateDict(ours(layer, parameters));
    if ('x' in gradients) x.requiresGrad = true;
    const y = module.forward(x);
    y.backward({ gradient: expected.dOutput });
    expectClose(y, expected.output);
    const { x: dx, ...others } = gradients;
    if (dx) expectClose(x.grad as Tensor, dx);
    for (const [name, value] of Object.entries(ours(layer, others))) {
      expectClose(module.namedParameters().get(name)?.grad as Tensor, value);
    }
  });
});
