import { AttentionPooling, TransformerEncoder } from '@unroll/attention';
import { UnsupportedError } from '@unroll/backend';
import { Recurrent } from '@unroll/cells';
import { Embedding, LayerNorm, Linear, Module } from '@unroll/nn';
import { reshape, type Tensor, tanh } from '@unroll/tensor';
import { describe, expect, test } from 'vitest';
import { exportOnnx } from './export-onnx.ts';

describe('what has no graph is refused by name', () => {
  class Own extends Module {
    readonly head = new Linear({ inputSize: 2, outputSize: 2 });
    override forward(): undefined {}
  }
  const rows = new Linear({ inputSize: 2, outputSize: 2 });

  test.each([
    ['a module of one’s own', [new Own()], 'Own has no graph'],
    [
      'a Transformer',
      [rows, new TransformerEncoder({ size: 2, numHeads: 1, numLayers: 1 })],
      'TransformerEncoder is attention, which has no graph. What PyTorch has too can be carried',
    ],
    ['attention pooling', [new AttentionPooling({ size: 2 })], 'AttentionPooling is attention'],
    [
      'float64 weights',
      [new Linear({ inputSize: 1, outputSize: 1, dtype: 'float64' })],
      'is float64',
    ],
    [
      'parts that do not fit',
      [rows, new LayerNorm({ size: 3 })],
      'LayerNorm needs 3 features and gets 2 features',
    ],
    [
      'an Embedding of rows',
      [rows, new Embedding({ numEmbeddings: 2, embeddingSize: 2 })],
      'put it first',
    ],
    ['a function first', [tanh], 'the first part must be a module'],
    ['a stack of nothing', [], 'the first part must be a module'],
    [
      'a function that is no graph of rows',
      [rows, (x: Tensor) => reshape(x, [-1])],
      'the function without a name cannot be written as a graph of rows',
    ],
  ] as const)('%s', async (_, parts, words) => {
    await expect(exportOnnx(parts)).rejects.toThrow(UnsupportedError);
    await expect(exportOnnx(parts)).rejects.toThrow(words);
  });

  test.each([
    ["connection 'highway'", { numLayers: 2, connection: 'highway' }],
    ['learnInitialState', { learnInitialState: true }],
  ] as const)('a recurrent layer with %s', async (words, options) => {
    const layer = new Recurrent({ cell: 'gru', inputSize: 2, hiddenSize: 2, ...options });
    await expect(exportOnnx(layer)).rejects.toThrow(`has ${words}, which the other side has not`);
  });

  test('a recurrent layer with two outputs', async () => {
    const options = {
      inputSize: 2,
      hiddenSize: 2,
      bidirectional: true,
      mergeMode: 'none',
    } as const;
    await expect(exportOnnx(new Recurrent({ cell: 'gru', ...options }))).rejects.toThrow(
      "has mergeMode 'none', two outputs",
    );
  });

  test('a misspelt option and axes that are one', async () => {
    await expect(exportOnnx(rows, { length: true } as never)).rejects.toThrow("no option 'length'");
    await expect(exportOnnx(rows, { axes: ['a', 'a'] })).rejects.toThrow('names that differ');
  });
});
