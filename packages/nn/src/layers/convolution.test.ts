import { DataError, DTypeError, OptionError, ShapeError } from '@unroll/backend';
import {
  manualSeed,
  randomStream,
  Sequence,
  squeeze,
  type Tensor,
  tensor,
  transpose,
  unsqueeze,
  zeros,
} from '@unroll/tensor';
import { checkOperation, expectClose } from '@unroll/tensor/testing';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { Conv1d, Conv2d } from './convolution.ts';

beforeEach(() => manualSeed(7));

const sizes = { inChannels: 2, outChannels: 4, kernelSize: 2 };

describe('convolutions have right first and second derivatives', () => {
  test.each([
    ['Conv1d', new Conv1d({ ...sizes, padding: 1 }), [2, 2, 3]],
    [
      'Conv1d in steps, spread, without bias',
      new Conv1d({ ...sizes, stride: 2, dilation: 2, bias: false }),
      [2, 2, 5],
    ],
    ['Conv1d in groups', new Conv1d({ ...sizes, groups: 2, padding: 'same' }), [2, 2, 3]],
    [
      'Conv2d',
      new Conv2d({ ...sizes, kernelSize: [2, 1], stride: [1, 2], padding: [1, 0] }),
      [2, 2, 2, 3],
    ],
    ['Conv2d in groups', new Conv2d({ ...sizes, groups: 2, padding: 'same' }), [1, 2, 2, 2]],
  ])('%s', (_name, layer, shape) => {
    const own = Object.entries(layer.ownParameters());
    checkOperation({
      shapes: [shape, ...own.map(([, W]) => W.shape)],
      operation: (x, ...weights) => {
        Object.assign(layer, Object.fromEntries(own.map(([name], i) => [name, weights[i]])));
        return layer.forward(x);
      },
    });
  });
});

describe('a convolution', () => {
  test('multiplies what a window reads, zeros beyond the ends', () => {
    const conv = new Conv1d({ inChannels: 1, outChannels: 1, kernelSize: 3, padding: 'same' });
    conv.loadStateDict({ W: tensor([[[1]], [[10]], [[100]]]), b: tensor([0.5]) });
    expectClose(conv.forward(tensor([[[1, 2, 3]]])), [[[210.5, 321.5, 32.5]]]);
    const steps = conv.forward(Sequence.fromArrays([[[1], [2], [3]], [[4]]]));
    expect(steps.lengths).toEqual([3, 1]);
    expectClose(steps.toBatch(), [
      [[210.5], [321.5], [32.5]],
      [[40.5], [0], [0]],
    ]);
  });

  test('has one window more where there is room for its stride', () => {
    const shape = (options: object, length: number) =>
      new Conv1d({ ...sizes, kernelSize: 3, ...options }).forward(zeros([1, 2, length])).shape[2];
    expect([3, 4, 5, 6].map((n) => shape({ stride: 2 }, n))).toEqual([1, 1, 2, 2]);
    expect(shape({ padding: 'same', dilation: 3 }, 4)).toBe(4);
    expect(shape({ padding: 'valid' }, 4)).toBe(2);
    expect(shape({ padding: 2 }, 4)).toBe(6);
  });

  test('over a line is one over a grid of height 1', () => {
    const flat = new Conv1d({ ...sizes, padding: 1 });
    const grid = new Conv2d({ ...sizes, kernelSize: [1, 2], padding: [0, 1] });
    const W = flat.W.detach();
    grid.loadStateDict({ W: tensor(W.dataSync(), { shape: [1, 2, 2, 4] }), b: flat.b as Tensor });
    const x = randomStream('x').normal([3, 2, 5]);
    const y = flat.forward(x);
    const z = grid.forward(tensor(x.dataSync(), { shape: [3, 2, 1, 5] }));
    expect(z.shape).toEqual([3, 4, 1, 6]);
    expect(z.dataSync()).toEqual(y.dataSync());
  });

  test('follows the shape of its input from call to call', () => {
    const conv = new Conv2d({ ...sizes, padding: 'same' });
    const stream = randomStream('x');
    const [a, b] = [stream.normal([2, 2, 3, 4]), stream.normal([2, 2, 4, 3])];
    const first = conv.forward(a);
    conv.forward(b);
    expectClose(conv.forward(a), first, 0);
    expect(conv.forward(zeros([0, 2, 3, 4])).shape).toEqual([0, 4, 3, 4]);
  });

  test('reads the frames of a sequence one by one', () => {
    const conv = new Conv2d({ ...sizes, stride: 2 });
    const frames = [3, 1].map((n) => randomStream('x').normal([n, 2, 4, 4]));
    const y = conv.forward(Sequence.fromArrays(frames));
    expect(y.features).toEqual([4, 2, 2]);
    for (const [i, alone] of y.toTensors().entries()) {
      expectClose(alone, conv.forward(frames[i]), 1e-6);
    }
  });

  test('starts within ±1/√(inputs of one output), as it is told, and from its own stream', () => {
    const conv = new Conv2d({ inChannels: 8, outChannels: 20, kernelSize: 5, groups: 2 });
    expect(conv.W.shape).toEqual([5, 5, 4, 20]);
    const values = [...conv.W.dataSync(), ...(conv.b as Tensor).dataSync()];
    const largest = values.reduce((a, x) => Math.max(a, Math.abs(x)), 0);
    expect(largest).toBeLessThanOrEqual(0.1);
    expect(largest).toBeGreaterThan(0.099);
    expect(String(conv)).toContain('groups 2');
  });
});

describe('a convolution over ragged sequences', () => {
  const settings = fc.record({
    lengths: fc.array(fc.integer({ min: 3, max: 8 }), { minLength: 1, maxLength: 5 }),
    kernelSize: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 3 }),
    padding: fc.integer({ min: 0, max: 2 }),
    groups: fc.constantFrom(1, 2),
    seed: fc.nat(1000),
  });

  test('is that over each alone, as a tensor too, in values and gradients', () => {
    fc.assert(
      fc.property(settings, ({ lengths, seed, ...options }) => {
        manualSeed(seed);
        const dtype = 'float64' as const;
        const conv = new Conv1d({ inChannels: 2, outChannels: 4, dtype, ...options });
        const inputs = lengths.map((n) => {
          const x = randomStream('x').normal([n, 2], { dtype });
          x.requiresGrad = true;
          return x;
        });
        const together = conv.forward(Sequence.fromArrays(inputs)).toTensors();
        const draws = together.map((y) => randomStream('dy').normal(y.shape, { dtype }));
        const gradients = (ys: Tensor[]) => {
          for (const leaf of [...inputs, ...conv.parameters()]) leaf.grad = undefined;
          for (const [i, y] of ys.entries()) y.backward({ gradient: draws[i], retainGraph: true });
          return [...inputs, ...conv.parameters()].map((leaf) => leaf.grad as Tensor);
        };
        const alone = inputs.map((x) => transposed(conv.forward(transposed(x))));
        for (const [i, y] of together.entries()) expectClose(y, alone[i]);
        const expected = gradients(alone);
        for (const [i, dx] of gradients(together).entries()) expectClose(dx, expected[i]);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a convolution refuses', () => {
  test('options that it has not, and sizes that are none', () => {
    expect(() => new Conv1d({ ...sizes, ...{ kernel: 3 } })).toThrow(
      "Conv1d: there is no option 'kernel'; the options are inChannels, outChannels, kernelSize, stride, padding",
    );
    expect(() => new Conv2d({ ...sizes, kernelSize: [1, 2, 3] as never })).toThrow(
      'Conv2d: kernelSize must be a whole number from 1, one for both axes or [height, width]; got [1,2,3]',
    );
    expect(() => new Conv1d({ ...sizes, padding: 'full' as never })).toThrow(
      "Conv1d: padding must be a whole number from 0, 'same' or 'valid'; got \"full\"",
    );
    for (const stride of [0, -1, 1.5, Number.NaN]) {
      expect(() => new Conv1d({ ...sizes, stride })).toThrow(OptionError);
    }
    expect(() => new Conv1d({ ...sizes, inChannels: 0 })).toThrow(OptionError);
    expect(() => new Conv1d({ ...sizes, padding: 'same', stride: 2 })).toThrow(
      "Conv1d: padding 'same' needs stride 1; got 2. Give the padding as a number?",
    );
    expect(() => new Conv2d({ ...sizes, groups: 3 })).toThrow(
      'Conv2d: groups must divide the channels; got 3 groups for 2 in and 4 out',
    );
  });

  test('other shapes, and says what was meant', () => {
    const [line, grid] = [new Conv1d(sizes), new Conv2d(sizes)];
    expect(() => line.forward(zeros([5, 3, 7]))).toThrow(ShapeError);
    expect(() => line.forward(zeros([5, 3, 7]))).toThrow(
      'Conv1d: needs [batch, 2, length]; got [5, 3, 7]. Rows of sequences go in as a Sequence.',
    );
    expect(() => line.forward(zeros([5, 7, 2]))).toThrow('transpose(x, [0, 2, 1])?');
    expect(() => grid.forward(zeros([5, 7, 7, 2]))).toThrow(
      'Conv2d: needs [batch, 2, height, width]; got [5, 7, 7, 2]. The channels come second: transpose(x, [0, 3, 1, 2])?',
    );
    expect(() => grid.forward(zeros([2, 7, 7]))).toThrow('a batch of 1: unsqueeze(x, { axis: 0 })');
    expect(() => grid.forward(zeros([1, 2, 7, 1]))).toThrow(
      'Conv2d: a window of 2 with padding 0 + 0 does not fit into a width of 1. Pad more, or take a smaller one?',
    );
    expect(() => line.forward(zeros([1, 2, 7], { dtype: 'int32' }))).toThrow(DTypeError);
    expect(() => line.forward([[1]] as never)).toThrow('Conv1d: needs a tensor; got an array');
  });

  test('sequences that are too short, by their numbers', () => {
    const conv = new Conv1d({ ...sizes, kernelSize: 3, dilation: 2 });
    const x = Sequence.fromArrays([4, 6, 2].map((n) => zeros([n, 2])));
    expect(() => conv.forward(x)).toThrow(DataError);
    expect(() => conv.forward(x)).toThrow(
      'Conv1d: a window of 3 with dilation 2, which reaches over 5, with padding 0 + 0 does not fit into sequence 0 (and 1 more), which has 4 steps. Pad more, or leave such sequences out.',
    );
    expect(() => conv.forward(Sequence.fromArrays([zeros([9, 3])]))).toThrow(
      'Conv1d: inChannels is 2; got [9, 3]',
    );
  });
});

/** `[steps, channels]` as `[1, channels, steps]`, and back. */
function transposed(x: Tensor): Tensor {
  return x.rank === 2 ? unsqueeze(transpose(x), { axis: 0 }) : transpose(squeeze(x, { axis: 0 }));
}
