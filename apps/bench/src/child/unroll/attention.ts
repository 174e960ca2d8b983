import { MultiHeadAttention, TransformerEncoderLayer } from '@unroll/attention';
import { generate, sampler } from '@unroll/decoding';
import { TransformerLanguageModel } from '@unroll/models';
import type { Module } from '@unroll/nn';
import { mean, randomStream, Sequence, square } from '@unroll/tensor';
import type { AttentionSpec, GenerationSpec, Workload } from '../../specs.ts';

/** Forward and backward of our `MultiHeadAttention` or `TransformerEncoderLayer`. */
export function attention(spec: AttentionSpec): Workload {
  const { batch, time, size } = spec;
  const { layer, forward } = layerOf(spec);
  const parameters = layer.parameters();
  const draws = randomStream('bench');
  const x = Sequence.fromBatch(draws.uniform([batch, time, size], { low: -1 }));
  x.rows.requiresGrad = true;
  return {
    parameters: parametersIn(layer),
    call() {
      for (const parameter of parameters) parameter.grad = undefined;
      x.rows.grad = undefined;
      const loss = mean(square(forward(x).rows));
      loss.backward();
      return loss.item();
    },
  };
}

function layerOf({ part, size, numHeads }: AttentionSpec): {
  layer: Module;
  forward(x: Sequence): Sequence;
} {
  if (part === 'mha') {
    const layer = new MultiHeadAttention({ size, numHeads });
    return { layer, forward: (x) => layer.forward(x) };
  }
  const layer = new TransformerEncoderLayer({
    ...{ size, numHeads },
    ...{ activation: 'gelu', normFirst: true },
  });
  return { layer, forward: (x) => layer.forward(x).output };
}

/** A call of `generate`, the prompt and all. */
export function generation(spec: GenerationSpec): Workload {
  const { vocabSize, size, numHeads, numLayers, prompt, length } = spec;
  const context = prompt + length;
  const model = new TransformerLanguageModel({ vocabSize, size, numHeads, numLayers, context });
  model.eval();
  const ids = Int32Array.from({ length: prompt }, (_, i) => i % vocabSize);
  const options = { prompt: ids, length, sampler: sampler({ temperature: 0 }) };
  return {
    parameters: parametersIn(model),
    async call() {
      for await (const _ of generate(model, options));
      return undefined;
    },
  };
}

function parametersIn(module: Module): number {
  return module.parameters().reduce((n, p) => n + p.size, 0);
}
