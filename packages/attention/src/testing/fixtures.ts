import type { Module } from '@unroll/nn';
import { Sequence } from '@unroll/tensor';
import {
  allGiven,
  type Digits,
  expectNear,
  type FixtureCase,
  type Floating,
  given,
  leaf,
} from '@unroll/tensor/testing/fixture-case';
import { MultiHeadAttention } from '../multi-head/multi-head-attention.ts';
import { TransformerDecoderLayer } from '../transformer/decoder-layer.ts';
import { TransformerEncoderLayer } from '../transformer/encoder-layer.ts';
import { joined, ours } from './pytorch-names.ts';
import { read } from './read.ts';

interface Case {
  readonly layer: keyof typeof layers;
  readonly options: Record<string, number | boolean>;
  readonly dtype: Floating;
  readonly lengths: number[];
  readonly sources?: number[];
  readonly parameters: Readonly<Record<string, Digits>>;
  readonly x: Digits;
  readonly memory?: Digits;
  readonly output: Digits;
  /** The gradients are those of Σ output · dOutput. */
  readonly dOutput: Digits;
  readonly gradients: Readonly<Record<string, Digits>>;
}

const layers = { MultiHeadAttention, TransformerEncoderLayer, TransformerDecoderLayer };

type Layer = Module & {
  forward(x: Sequence, memory?: Sequence): Sequence | { output: Sequence };
};

/** Attention and the layers of a Transformer against PyTorch, over ragged sequences. */
export async function fixtureCases(): Promise<FixtureCase[]> {
  const { cases } = await read<{ cases: Case[] }>('layers');
  return cases.map((each) => ({
    title: `${each.layer} ${JSON.stringify(each.options)} from ${each.dtype}`,
    dtype: each.dtype,
    run: (dtype, tolerance) => check(each, dtype, tolerance),
  }));
}

function make({ layer, options }: Case, dtype: Floating): Layer {
  const own = layer === 'MultiHeadAttention' ? {} : { feedForwardSize: 12 };
  const Made = layers[layer] as unknown as new (options: object) => Layer;
  return new Made({ size: 8, numHeads: 2, dtype, ...own, ...options });
}

async function check(each: Case, dtype: Floating, tolerance: number): Promise<void> {
  const { layer, lengths, sources } = each;
  const module = make(each, dtype);
  module.loadStateDict(ours(layer, allGiven(each.parameters, dtype)));
  const x = leaf(each.x, dtype);
  const memory = each.memory && leaf(each.memory, dtype);
  const made = module.forward(
    Sequence.fromBatch(x, lengths),
    memory && Sequence.fromBatch(memory, sources),
  );
  const y = (made instanceof Sequence ? made : made.output).toBatch();
  y.backward({ gradient: given(each.dOutput, dtype) });

  await expectNear({ output: y }, { output: given(each.output, 'float64') }, tolerance);
  const { x: dx, memory: dMemory, ...others } = allGiven(each.gradients, 'float64');
  await expectNear({ x: x.grad }, { x: dx }, tolerance);
  if (memory) await expectNear({ memory: memory.grad }, { memory: dMemory }, tolerance);
  const found = [...module.namedParameters()].map(([name, { grad }]) => [name, grad] as const);
  await expectNear(joined(Object.fromEntries(found)), joined(ours(layer, others)), tolerance);
}
