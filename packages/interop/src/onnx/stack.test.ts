import { Recurrent } from '@unroll/cells';
import {
  Dropout,
  Embedding,
  LayerNorm,
  Linear,
  type Module,
  RMSNorm,
  Sequential,
} from '@unroll/nn';
import {
  assign,
  expm1,
  log1p,
  manualSeed,
  relu,
  reshape,
  softmax,
  type Tensor,
  tanh,
  tensor,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { random, runOnnx, runtimeNames, shake } from '../testing/onnx-runtimes.ts';

beforeEach(() => manualSeed(3));

describe.each(runtimeNames)('a stack in %s', (runtime) => {
  test('of ids to classes gives the same', async () => {
    const embedding = shake(new Embedding({ numEmbeddings: 7, embeddingSize: 4 }));
    const rnn = shake(new Recurrent({ cell: 'gru', inputSize: 4, hiddenSize: 3 }));
    const mgu = shake(new Recurrent({ cell: 'mgu', inputSize: 3, hiddenSize: 5 }));
    const norm = shake(new LayerNorm({ size: 5 }));
    const head = shake(new Linear({ inputSize: 5, outputSize: 2 }));
    const ids = tensor(
      [
        [3, 1, 4, 1],
        [5, 2, 6, 5],
      ],
      { dtype: 'int32' },
    );
    const parts = [embedding, new Dropout(), rnn, mgu, norm, head, softmax];
    const { output } = await runOnnx(runtime, parts, { input: ids });
    const y = mgu.forward(rnn.forward(embedding.forward(ids)).output).output;
    expectClose(output, softmax(head.forward(norm.forward(y))));
  });

  test('with tied weights gives the same', async () => {
    const embedding = shake(new Embedding({ numEmbeddings: 7, embeddingSize: 4 }));
    const head = new Linear({ inputSize: 4, outputSize: 7, tied: embedding.W });
    const ids = tensor([3, 1, 4], { dtype: 'int32' });
    const { output } = await runOnnx(runtime, [embedding, head], { input: ids });
    expectClose(output, head.forward(embedding.forward(ids)));
  });

  test.each([
    ['LayerNorm without gain', () => new LayerNorm({ size: 4, elementwiseAffine: false })],
    ['LayerNorm without bias', () => new LayerNorm({ size: 4, bias: false, eps: 0.1 })],
    ['RMSNorm', () => new RMSNorm({ size: 4 })],
    ['Linear without bias', () => new Linear({ inputSize: 4, outputSize: 2, bias: false })],
    [
      'nested Sequentials',
      () => new Sequential(new Sequential(new Linear({ inputSize: 4, outputSize: 3 }), relu), tanh),
    ],
  ] as const)('of rows: %s', async (_, make) => {
    const module = shake<Module & { forward(x: Tensor): Tensor }>(make());
    const x = random(5, 4);
    expectClose((await runOnnx(runtime, module, { input: x })).output, module.forward(x));
    const wide = reshape(random(6, 4), [2, 3, 4]);
    const options = { axes: ['batch', 'place'] };
    expectClose(
      (await runOnnx(runtime, module, { input: wide }, options)).output,
      module.forward(wide),
    );
  });

  test.each([
    ['expm1', expm1],
    ['log1p', log1p],
  ] as const)('computes %s near 0 without loss', async (_, fn) => {
    const identity = new Linear({ inputSize: 1, outputSize: 1, bias: false });
    assign(identity.W, tensor([[1]]));
    const x = tensor([[1e-6], [-1e-6], [0.3], [-0.4], [4]]);
    const { output } = await runOnnx(runtime, [identity, fn], { input: x });
    const [found, expected] = [output.dataSync(), fn(x).dataSync()];
    found.forEach((y, i) => {
      expect(Math.abs(y / expected[i] - 1)).toBeLessThan(1e-5);
    });
  });
});
