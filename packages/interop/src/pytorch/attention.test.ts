import {
  FeedForward,
  MultiHeadAttention,
  TransformerDecoder,
  TransformerDecoderLayer,
  TransformerEncoder,
  TransformerEncoderLayer,
} from '@unroll/attention';
import { UnsupportedError } from '@unroll/backend';
import { LayerNorm, Module } from '@unroll/nn';
import { manualSeed, Sequence, type Tensor } from '@unroll/tensor';
import { expectClose, fixture } from '@unroll/tensor/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { loadPyTorch, toPyTorch } from './state-dict.ts';

interface Case {
  readonly layer: keyof typeof layers;
  readonly options: Readonly<Record<string, number | boolean>>;
  readonly parameters: Readonly<Record<string, Tensor>>;
  readonly dtype: 'float64' | 'float32';
  readonly x: Tensor;
  readonly lengths: number[];
  readonly memory?: Tensor;
  readonly sources?: number[];
  readonly output: Tensor;
}

const layers = { MultiHeadAttention, TransformerEncoderLayer, TransformerDecoderLayer };
/** Those that attention itself is held against. */
const besides = new URL('../../../attention/src/', import.meta.url).href;
const { cases } = fixture<{ cases: Case[] }>(besides, 'layers');

type Forward = (x: Sequence, memory?: Sequence) => Sequence | { output: Sequence };

function build({ layer, options, dtype }: Case): Module {
  const sizes = { size: 8, numHeads: 2, dtype };
  const own = layer === 'MultiHeadAttention' ? {} : { feedForwardSize: 12 };
  const Layer = layers[layer] as unknown as new (options: object) => Module;
  return new Layer({ ...sizes, ...own, ...options });
}

beforeEach(() => manualSeed(3));

describe('a layer of PyTorch', () => {
  test.each(cases)('$layer $options in $dtype gives the same outputs here', (each) => {
    const { lengths, sources, parameters, x, memory, output } = each;
    const module = build(each);
    loadPyTorch(module, parameters);
    const forward = module.forward.bind(module) as unknown as Forward;
    const rows = Sequence.fromBatch(x, lengths);
    const made = forward(rows, memory && Sequence.fromBatch(memory, sources));
    expectClose((made instanceof Sequence ? made : made.output).toBatch(), output);
  });

  test.each(cases)('$layer $options in $dtype goes back as it came', (expected) => {
    const module = build(expected);
    loadPyTorch(module, expected.parameters);
    const back = toPyTorch(module);
    expect(Object.keys(back).sort()).toEqual(Object.keys(expected.parameters).sort());
    for (const [name, x] of Object.entries(back)) expectClose(x, expected.parameters[name], 0);
  });
});

describe('names', () => {
  const sizes = { size: 4, numHeads: 2, feedForwardSize: 6 };

  test('of stacks are those of layers in a list, under what the model calls them', () => {
    class Model extends Module {
      readonly body = new TransformerEncoder({ ...sizes, numLayers: 2, normFirst: true });
      override forward(): undefined {}
    }
    const names = Object.keys(toPyTorch(new Model(), { modules: { body: 'encoder' } }));
    const layer = [
      ...['self_attn.in_proj_weight', 'self_attn.in_proj_bias'],
      ...['self_attn.out_proj.weight', 'self_attn.out_proj.bias'],
      ...['linear1', 'linear2', 'norm1', 'norm2'].flatMap((x) => [`${x}.weight`, `${x}.bias`]),
    ];
    const all = [0, 1].flatMap((i) => layer.map((name) => `encoder.layers.${i}.${name}`));
    expect(names.sort()).toEqual([...all, 'encoder.norm.weight', 'encoder.norm.bias'].sort());
  });

  test('of a part inside may differ from those that its class has in PyTorch', () => {
    const decoder = new TransformerDecoder({ ...sizes, numLayers: 1 });
    const modules = { '0.memoryAttention': 'cross', '0.feedForward': 'mlp' };
    const names = Object.keys(toPyTorch(decoder, { modules }));
    expect(names).toContain('cross.in_proj_weight');
    expect(names).toContain('mlp.linear1.weight');
    expect(names).toContain('layers.0.self_attn.in_proj_weight');
    const other = new TransformerDecoder({ ...sizes, numLayers: 1 });
    loadPyTorch(other, toPyTorch(decoder, { modules }), { modules });
    for (const [name, x] of Object.entries(other.stateDict())) {
      expectClose(x, decoder.stateDict()[name], 0);
    }
  });

  test('of a last norm behind layers that have theirs behind each part can be given', () => {
    class Model extends Module {
      readonly encoder = new TransformerEncoder({ ...sizes, numLayers: 1 });
      readonly last = new LayerNorm({ size: 4 });
      override forward(): undefined {}
    }
    const names = Object.keys(toPyTorch(new Model(), { modules: { last: 'encoder.norm' } }));
    expect(names.slice(-2)).toEqual(['encoder.norm.weight', 'encoder.norm.bias']);
  });
});

describe('what torch.nn lacks is refused by name, all at once', () => {
  const sizes = { size: 8, numHeads: 2, numLayers: 1 };
  const modern = { norm: 'rms', activation: 'swiglu', rotary: true, numKvHeads: 1 } as const;

  test.each<[string, Module, string]>([
    [
      'grouped queries',
      new MultiHeadAttention(attention({ numKvHeads: 1 })),
      'has numKvHeads 1 beside numHeads 2, which torch.nn has not',
    ],
    [
      'rotary positions',
      new MultiHeadAttention(attention({ rotary: true })),
      'has rotary positions, which torch.nn has not',
    ],
    ['RMSNorm', new TransformerDecoder({ ...sizes, norm: 'rms' }), "0 has norm 'rms', which"],
    [
      'SwiGLU',
      new TransformerEncoder({ ...sizes, activation: 'swiglu' }),
      "0 has activation 'swiglu', which",
    ],
    [
      'all of them',
      new TransformerEncoder({ ...sizes, ...modern }),
      "has numKvHeads 1 beside numHeads 2 and rotary positions and norm 'rms' and activation 'swiglu'",
    ],
  ])('%s', (_, module, words) => {
    expect(() => toPyTorch(module)).toThrow(UnsupportedError);
    expect(() => toPyTorch(module)).toThrow(words);
    expect(() => loadPyTorch(module, {})).toThrow(words);
  });

  test('but a feed-forward net of its own is two or three maps', () => {
    const net = new FeedForward({ size: 2, hiddenSize: 3, activation: 'swiglu', bias: false });
    const names = Object.keys(toPyTorch(net));
    expect(names).toEqual(['linear1.weight', 'gate.weight', 'linear2.weight']);
  });
});

function attention(options: { numKvHeads?: number; rotary?: boolean }) {
  return { size: 8, numHeads: 2, ...options };
}
