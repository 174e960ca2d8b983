import { UnsupportedError } from '@unroll/backend';
import { LSTM } from '@unroll/cells';
import {
  AvgPool1d,
  BatchNorm1d,
  BatchNorm2d,
  Conv1d,
  Conv2d,
  Embedding,
  flatten,
  globalAvgPool,
  globalMaxPool,
  LayerNorm,
  Linear,
  MaxPool2d,
  MLP,
} from '@unroll/nn';
import { manualSeed, relu, Sequence, softmax, tanh, tensor } from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { random, runOnnx, runtimeNames, shake } from '../testing/onnx-runtimes.ts';
import { exportOnnx, type OnnxPart } from './export-onnx.ts';

beforeEach(() => manualSeed(6));

describe.each(runtimeNames)('in %s', (runtime) => {
  test('a net over pictures gives the same', async () => {
    const conv = shake(new Conv2d({ inChannels: 3, outChannels: 4, kernelSize: 3, padding: 1 }));
    const norm = shake(new BatchNorm2d({ size: 4 }));
    norm.forward(random(3, 4, 5, 5));
    const pool = new MaxPool2d({ kernelSize: 2 });
    const head = shake(new Linear({ inputSize: 4 * 3 * 2, outputSize: 5 }));
    const x = random(2, 3, 6, 4);
    const parts = [conv, norm.eval(), relu, pool, flatten, relu, head, softmax];
    const { output } = await runOnnx(runtime, parts, { input: x });
    const features = flatten(pool.forward(relu(norm.forward(conv.forward(x)))));
    expectClose(output, softmax(head.forward(features)));
  });

  test.each([globalMaxPool, globalAvgPool])(
    '%o of pictures and of ragged texts gives the same',
    async (pool) => {
      const conv = shake(new Conv2d({ inChannels: 3, outChannels: 4, kernelSize: 3 }));
      const head = shake(new Linear({ inputSize: 4, outputSize: 5 }));
      const x = random(2, 3, 6, 4);
      const pictures = await runOnnx(runtime, [conv, pool, head], { input: x });
      expectClose(pictures.output, head.forward(pool(conv.forward(x))));

      const embedding = shake(new Embedding({ numEmbeddings: 7, embeddingSize: 3 }));
      const words = shake(
        new Conv1d({ inChannels: 3, outChannels: 4, kernelSize: 3, stride: 2, padding: 1 }),
      );
      const ids = tensor(
        [
          [3, 1, 4, 1, 5],
          [2, 6, 0, 0, 0],
        ],
        { dtype: 'int32' },
      );
      const feeds = { input: ids, lengths: tensor([5, 2], { dtype: 'int32' }) };
      const options = { lengths: true, axes: ['batch', 'time'] };
      const texts = await runOnnx(runtime, [embedding, words, pool, head], feeds, options);
      const sequence = words.forward(embedding.forward(Sequence.fromBatch(ids, [5, 2])));
      expectClose(texts.output, head.forward(pool(sequence)));
      const full = await runOnnx(
        runtime,
        [embedding, words, pool, head],
        { input: ids },
        { axes: ['batch', 'time'] },
      );
      expectClose(
        full.output,
        head.forward(pool(words.forward(embedding.forward(Sequence.fromBatch(ids, [5, 5]))))),
      );
    },
  );

  test('BatchNorm1d of rows, of lines and of the rows of sequences gives the same', async () => {
    const norm = shake(new BatchNorm1d({ size: 3 }));
    norm.forward(random(5, 3));
    norm.eval();
    const rows = random(4, 3);
    expectClose((await runOnnx(runtime, norm, { input: rows })).output, norm.forward(rows));

    const conv = shake(new Conv1d({ inChannels: 3, outChannels: 3, kernelSize: 2 }));
    const lines = random(4, 3, 5);
    const { output } = await runOnnx(runtime, [norm, conv], { input: lines });
    expectClose(output, conv.forward(norm.forward(lines)));

    const rnn = shake(new LSTM({ inputSize: 3, hiddenSize: 2 }));
    const x = random(4, 6, 3);
    const sequences = await runOnnx(runtime, [norm, rnn], { input: x });
    const ends = [6, 6, 6, 6];
    expectClose(
      sequences.output,
      rnn.forward(norm.forward(Sequence.fromBatch(x, ends))).output.toBatch(),
    );
  });

  test('a dense net gives the same, without its dropout', async () => {
    const sizes = { inputSize: 3, hiddenSizes: [4, 5], outputSize: 2 };
    const net = shake(new MLP({ ...sizes, activation: tanh, dropout: 0.5 })).eval();
    const x = random(4, 3);
    expectClose((await runOnnx(runtime, net, { input: x })).output, net.forward(x));
  });
});

describe('what does not fit is refused by name', () => {
  const line = () => new Conv1d({ inChannels: 2, outChannels: 2, kernelSize: 2 });
  const picture = () => new Conv2d({ inChannels: 2, outChannels: 2, kernelSize: 2 });
  const linear = () => new Linear({ inputSize: 2, outputSize: 2 });
  const sequences = { axes: ['batch', 'time'] };

  test.each<[string, () => OnnxPart[], object, string]>([
    [
      'rows behind lines',
      () => [line(), linear()],
      {},
      'Linear needs rows and gets lines; flatten',
    ],
    [
      'LayerNorm behind pictures',
      () => [picture(), new LayerNorm({ size: 2 })],
      {},
      'LayerNorm needs rows and gets pictures',
    ],
    [
      'a recurrent layer behind pictures',
      () => [picture(), new LSTM({ inputSize: 2, hiddenSize: 2 })],
      {},
      'Conv2d needs pictures [batch, channels, height, width] and gets rows with the axes batch, time',
    ],
    [
      'lines behind rows',
      () => [linear(), line()],
      {},
      "Of sequences say so: { axes: ['batch', 'time'] }",
    ],
    [
      'lines behind pictures',
      () => [picture(), line()],
      {},
      'gets pictures with the axes batch, height_1, width_1',
    ],
    [
      'other channels',
      () => [picture(), new Conv2d({ inChannels: 3, outChannels: 2, kernelSize: 1 })],
      {},
      'Conv2d needs 3 channels and gets 2 channels',
    ],
    [
      'BatchNorm2d of lines',
      () => [line(), new BatchNorm2d({ size: 2 })],
      {},
      'BatchNorm2d gets lines',
    ],
    [
      'no running statistics',
      () => [new BatchNorm1d({ size: 2, trackRunningStats: false })],
      {},
      'measures each batch anew',
    ],
    [
      'windows over ids',
      () => [
        new MaxPool2d({ kernelSize: 2 }),
        new Embedding({ numEmbeddings: 2, embeddingSize: 2 }),
      ],
      {},
      'gets ids',
    ],
    [
      'a function along an axis of pictures',
      () => [picture(), softmax],
      {},
      'the function softmax works along an axis of grids',
    ],
    [
      'a global pool of rows',
      () => [linear(), globalMaxPool],
      {},
      'globalMaxPool needs lines, pictures or sequences',
    ],
    [
      'a mean of what there is beside lengths',
      () => [linear(), new AvgPool1d({ kernelSize: 2, padding: 1, countIncludePad: false })],
      { ...sequences, lengths: true },
      'leave out one of the three',
    ],
  ])('%s', async (_, parts, options, words) => {
    await expect(exportOnnx(parts(), options)).rejects.toThrow(UnsupportedError);
    await expect(exportOnnx(parts(), options)).rejects.toThrow(words);
  });
});

test('a class that a bundler has renamed is written, and refused, as before', async () => {
  class e extends BatchNorm2d {
    static override readonly className = 'BatchNorm2d';
  }
  const size = { size: 2 };
  const conv = new Conv2d({ inChannels: 2, outChannels: 2, kernelSize: 2 });
  const renamed = await exportOnnx([conv, new e(size)]);
  expect(renamed).toEqual(await exportOnnx([conv, new BatchNorm2d(size)]));
  await expect(exportOnnx(new e(size), { axes: ['batch', 'time'] })).rejects.toThrow(
    'BatchNorm2d gets rows with the axes batch, time',
  );
});
