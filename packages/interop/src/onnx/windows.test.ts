import { Recurrent } from '@unroll/cells';
import {
  AvgPool1d,
  AvgPool2d,
  BatchNorm1d,
  BatchNorm2d,
  Conv1d,
  Conv2d,
  Dropout,
  Linear,
  MaxPool1d,
  MaxPool2d,
  type Module,
  Sequential,
} from '@unroll/nn';
import { manualSeed, relu, Sequence, sigmoid, type Tensor, tanh, tensor } from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { beforeEach, describe, test } from 'vitest';
import { random, runOnnx, runtimeNames, shake } from '../testing/onnx-runtimes.ts';

beforeEach(() => manualSeed(5));

type Layer = Module & { forward(x: Tensor): Tensor; forward(x: Sequence): Sequence };

/** Weights of which none is 0, running statistics of its own, in use. */
function ready<M extends Layer>(module: M, ...shape: number[]): M {
  shake(module);
  for (let i = 0; i < 3; i++) module.forward(random(...shape));
  return module.eval();
}

const lines: [string, () => Layer][] = [
  ['Conv1d', () => new Conv1d({ inChannels: 4, outChannels: 6, kernelSize: 3 })],
  [
    'Conv1d with every option',
    () =>
      new Conv1d({
        inChannels: 4,
        outChannels: 6,
        kernelSize: 3,
        stride: 2,
        padding: 3,
        dilation: 2,
        groups: 2,
        bias: false,
      }),
  ],
  [
    'Conv1d that keeps the length with a window of 4',
    () => new Conv1d({ inChannels: 4, outChannels: 2, kernelSize: 4, padding: 'same' }),
  ],
  ['MaxPool1d', () => new MaxPool1d({ kernelSize: 2 })],
  [
    'MaxPool1d with every option',
    () => new MaxPool1d({ kernelSize: 3, stride: 1, padding: 1, dilation: 2 }),
  ],
  ['AvgPool1d', () => new AvgPool1d({ kernelSize: 3, stride: 2, padding: 1 })],
  [
    'AvgPool1d of what there is',
    () => new AvgPool1d({ kernelSize: 3, stride: 2, padding: 1, countIncludePad: false }),
  ],
  [
    'a stack',
    () =>
      new Sequential(
        new Conv1d({ inChannels: 4, outChannels: 6, kernelSize: 3, padding: 'same' }),
        new BatchNorm1d({ size: 6 }),
        relu,
        new Dropout(),
        new MaxPool1d({ kernelSize: 2 }),
      ),
  ],
];

const pictures: [string, () => Layer][] = [
  ['Conv2d', () => new Conv2d({ inChannels: 4, outChannels: 6, kernelSize: [2, 3] })],
  [
    'Conv2d with every option',
    () =>
      new Conv2d({
        inChannels: 4,
        outChannels: 6,
        kernelSize: [3, 2],
        stride: [2, 1],
        padding: [1, 2],
        dilation: [1, 2],
        groups: 2,
        bias: false,
      }),
  ],
  [
    'MaxPool2d with every option',
    () => new MaxPool2d({ kernelSize: [2, 3], stride: [1, 2], padding: 1, dilation: [2, 1] }),
  ],
  ['AvgPool2d', () => new AvgPool2d({ kernelSize: 3, stride: 2, padding: 1 })],
  [
    'AvgPool2d of what there is',
    () => new AvgPool2d({ kernelSize: 3, stride: 2, padding: 1, countIncludePad: false }),
  ],
  ['BatchNorm2d', () => new BatchNorm2d({ size: 4, eps: 0.1 })],
  ['BatchNorm2d without gain', () => new BatchNorm2d({ size: 4, affine: false })],
  [
    'functions of single values',
    () =>
      new Sequential(new Conv2d({ inChannels: 4, outChannels: 3, kernelSize: 1 }), tanh, sigmoid),
  ],
];

describe.each(runtimeNames)('in %s', (runtime) => {
  test.each(lines)('%s of lines gives the same', async (_, make) => {
    const layer = ready(make(), 3, 4, 9);
    const x = random(2, 4, 9);
    const one = shake(new Conv1d({ inChannels: 4, outChannels: 4, kernelSize: 1 }));
    const { output } = await runOnnx(runtime, [one, layer], { input: x });
    expectClose(output, layer.forward(one.forward(x)));
  });

  test.each(lines.filter(([name]) => !name.includes('of what there is')))(
    '%s of ragged sequences gives the same',
    async (_, make) => {
      const layer = ready(make(), 3, 4, 9);
      const x = random(3, 9, 4);
      const ends = [9, 6, 7];
      const [, inputSize] = layer.forward(random(1, 4, 9)).shape;
      const rnn = shake(
        new Recurrent({ cell: 'gru', inputSize, hiddenSize: 3, bidirectional: true }),
      );
      const options = { lengths: true, axes: ['batch', 'time'] };
      const lengths = tensor(ends, { dtype: 'int32' });
      const same = new Linear({ inputSize: 4, outputSize: 4 });
      const { output } = await runOnnx(runtime, [same, layer, rnn], { input: x, lengths }, options);
      const rows = same.forward(Sequence.fromBatch(x, ends));
      expectClose(output, rnn.forward(layer.forward(rows)).output.toBatch());
    },
  );

  test.each(pictures)('%s of pictures gives the same', async (_, make) => {
    const layer = ready(make(), 3, 4, 7, 6);
    const x = random(2, 4, 7, 6);
    const one = shake(new Conv2d({ inChannels: 4, outChannels: 4, kernelSize: 1 }));
    const { output } = await runOnnx(runtime, [one, layer], { input: x });
    expectClose(output, layer.forward(one.forward(x)));
  });
});
