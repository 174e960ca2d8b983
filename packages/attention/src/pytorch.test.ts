import type { Module } from '@unroll/nn';
import { concat, Sequence, split, type Tensor, transpose } from '@unroll/tensor';
import { expectClose, fixture } from '@unroll/tensor/testing';
import { describe, test } from 'vitest';
import { MultiHeadAttention } from './multi-head/multi-head-attention.ts';
import { TransformerDecoderLayer } from './transformer/decoder-layer.ts';
import { TransformerEncoderLayer } from './transformer/encoder-layer.ts';

interface Case {
  layer: keyof typeof layers;
  options: Record<string, number | boolean>;
  dtype: 'float64' | 'float32';
  lengths: number[];
  sources?: number[];
  parameters: Record<string, Tensor>;
  x: Tensor;
  memory?: Tensor;
  output: Tensor;
  dOutput: Tensor;
  gradients: Record<string, Tensor>;
}

const layers = { MultiHeadAttention, TransformerEncoderLayer, TransformerDecoderLayer };
const { cases } = fixture<{ cases: Case[] }>(import.meta.url, 'layers');

/** PyTorch's names of parts, in ours. */
const parts: Record<string, string> = {
  self_attn: 'selfAttention',
  multihead_attn: 'memoryAttention',
  out_proj: 'out',
  linear1: 'feedForward.in',
  linear2: 'feedForward.out',
  norm1: 'selfNorm',
  norm2: 'feedForwardNorm',
  norm3: 'feedForwardNorm',
};

/** PyTorch's names and layout, in ours. */
function ours(layer: string, parameters: Record<string, Tensor>): Record<string, Tensor> {
  const renamed: Record<string, Tensor> = {};
  for (const [name, value] of Object.entries(parameters)) {
    const path = name.split('.');
    const own = path.pop() as string;
    const prefix = path.map((part) =>
      part === 'norm2' && layer === 'TransformerDecoderLayer' ? 'memoryNorm' : parts[part],
    );
    const put = (end: string, x: Tensor) => {
      renamed[[...prefix, end].join('.')] = x;
    };
    const isNorm = path.at(-1)?.startsWith('norm');
    const [kind, projection] = /^([qkv])_proj_weight$/.exec(own) ?? [];
    if (kind) put(`${projection}.W`, transpose(value));
    else if (own.startsWith('in_proj')) {
      for (const [i, x] of split(value, 3, { axis: 0 }).entries()) {
        put(`${'qkv'[i]}.${own.endsWith('bias') ? 'b' : 'W'}`, x.rank === 1 ? x : transpose(x));
      }
    } else if (own === 'bias') put('b', value);
    else put(isNorm ? 'g' : 'W', isNorm ? value : transpose(value));
  }
  return renamed;
}

/** Biases of queries, keys and values as the one tensor that they are in PyTorch: those of keys alone have no gradient. */
function joined(all: Record<string, Tensor>): Record<string, Tensor> {
  const entries = Object.entries(all).flatMap(([name, x]): [string, Tensor][] => {
    const [, prefix, part] = /^(.*)\b([qkv])\.b$/.exec(name) ?? [];
    if (part === undefined) return [[name, x]];
    const three = ['q', 'k', 'v'].map((each) => all[`${prefix}${each}.b`]);
    return part === 'q' ? [[`${prefix}in.b`, concat(three, { axis: 0 })]] : [];
  });
  return Object.fromEntries(entries);
}

type Forward = (x: Sequence, memory?: Sequence) => Sequence | { output: Sequence };

describe('layers match PyTorch over ragged sequences, with all gradients', () => {
  test.each(cases)('$layer $options in $dtype', (expected) => {
    const { layer, options, dtype, lengths, sources, parameters, x, memory } = expected;
    const sizes = { size: 8, numHeads: 2, dtype };
    const own = layer === 'MultiHeadAttention' ? {} : { feedForwardSize: 12 };
    const Layer = layers[layer] as unknown as new (options: object) => Module;
    const module = new Layer({ ...sizes, ...own, ...options });
    module.loadStateDict(ours(layer, parameters));
    x.requiresGrad = true;
    if (memory) memory.requiresGrad = true;
    const forward = module.forward.bind(module) as unknown as Forward;
    const made = forward(
      Sequence.fromBatch(x, lengths),
      memory && Sequence.fromBatch(memory, sources),
    );
    const y = (made instanceof Sequence ? made : made.output).toBatch();
    y.backward({ gradient: expected.dOutput });
    expectClose(y, expected.output);
    const { x: dx, memory: dMemory, ...others } = expected.gradients;
    expectClose(x.grad as Tensor, dx);
    if (memory) expectClose(memory.grad as Tensor, dMemory);
    const found = ([...module.namedParameters()] as const).map(([name, { grad }]) => [name, grad]);
    const wanted = joined(ours(layer, others));
    for (const [name, value] of Object.entries(joined(Object.fromEntries(found)))) {
      expectClose(value, wanted[name]);
    }
  });
});
