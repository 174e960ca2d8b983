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
import { describe, expect, test } from 'vitest';
import { flatten } from './flatten.ts';
import { globalAvgPool, globalMaxPool } from './global-pooling.ts';
import { AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d } from './pooling.ts';

const lines = { MaxPool1d, AvgPool1d };
const grids = { MaxPool2d, AvgPool2d };

describe('poolings have right first and second derivatives', () => {
  const overlapping = { kernelSize: 3, stride: 2, padding: 1 };
  test.each<[string, (x: Tensor) => Tensor, number[]]>([
    ['MaxPool1d', (x) => new MaxPool1d(overlapping).forward(x), [2, 2, 5]],
    ['MaxPool2d', (x) => new MaxPool2d({ kernelSize: [2, 1] }).forward(x), [2, 2, 4, 2]],
    ['AvgPool1d', (x) => new AvgPool1d(overlapping).forward(x), [2, 2, 5]],
    [
      'AvgPool2d',
      (x) => new AvgPool2d({ ...overlapping, countIncludePad: false }).forward(x),
      [2, 2, 3, 3],
    ],
    ['globalMaxPool', globalMaxPool, [2, 3, 2, 2]],
    ['globalAvgPool', globalAvgPool, [2, 3, 4]],
    ['flatten', flatten, [2, 3, 2]],
  ])('%s', (_name, operation, shape) => {
    checkOperation({ shapes: [shape], operation });
  });
});

describe('pooling', () => {
  test('takes the largest and the mean of each window', () => {
    const x = tensor([[[1, 3, 2, 5, 4]]]);
    expectClose(new MaxPool1d({ kernelSize: 2 }).forward(x), [[[3, 5]]]);
    expectClose(new AvgPool1d({ kernelSize: 2 }).forward(x), [[[2, 3.5]]]);
    const padded = { kernelSize: 2, stride: 3, padding: 1 };
    expectClose(new MaxPool1d(padded).forward(x), [[[1, 5]]]);
    expectClose(new AvgPool1d(padded).forward(x), [[[0.5, 3.5]]]);
    expectClose(new AvgPool1d({ ...padded, countIncludePad: false }).forward(x), [[[1, 3.5]]]);
  });

  test('sends the gradient to the first of equals, and lets NaN win', () => {
    const x = tensor([[[2, 2, 1, 1]]], { requiresGrad: true });
    new MaxPool1d({ kernelSize: 4 }).forward(x).backward();
    expectClose(x.grad as Tensor, [[[1, 0, 0, 0]]]);
    for (const row of [
      [Number.NaN, 1, 2],
      [1, Number.NaN, 2],
      [1, 2, Number.NaN],
    ]) {
      expectClose(new MaxPool1d({ kernelSize: 3 }).forward(tensor([[row]])), [[[Number.NaN]]]);
    }
    expectClose(new MaxPool1d({ kernelSize: 2, padding: 1 }).forward(tensor([[[-3]]])), [[[-3]]]);
  });

  test('over frames of a sequence is that over each grid', () => {
    const frames = [2, 1].map((n) => randomStream('frames').normal([n, 3, 4, 4]));
    for (const Pool of Object.values(grids)) {
      const pool = new Pool({ kernelSize: 2 });
      const y = pool.forward(Sequence.fromArrays(frames));
      for (const [i, alone] of y.toTensors().entries()) {
        expectClose(alone, pool.forward(frames[i]), 0);
      }
    }
  });

  test('over a sequence keeps rows of any shape', () => {
    const x = Sequence.fromArrays([zeros([4, 2, 3]), zeros([3, 2, 3])]);
    const y = new MaxPool1d({ kernelSize: 2, stride: 1 }).forward(x);
    expect([y.lengths, y.features]).toEqual([
      [3, 2],
      [2, 3],
    ]);
  });

  test.each(Object.entries(lines))(
    '%s over ragged sequences is that over each alone',
    (_name, Pool) => {
      const settings = fc.record({
        lengths: fc.array(fc.integer({ min: 3, max: 8 }), { minLength: 1, maxLength: 5 }),
        kernelSize: fc.integer({ min: 1, max: 3 }),
        stride: fc.integer({ min: 1, max: 3 }),
        padding: fc.integer({ min: 0, max: 1 }),
        seed: fc.nat(1000),
      });
      fc.assert(
        fc.property(settings, ({ lengths, seed, padding, ...options }) => {
          manualSeed(seed);
          const pool = new Pool({ ...options, padding: options.kernelSize > 1 ? padding : 0 });
          const dtype = 'float64' as const;
          const inputs = lengths.map((n) => {
            const x = randomStream('x').normal([n, 2], { dtype });
            x.requiresGrad = true;
            return x;
          });
          const together = pool.forward(Sequence.fromArrays(inputs)).toTensors();
          const alone = inputs.map((x) => {
            const y = pool.forward(unsqueeze(transpose(x), { axis: 0 }));
            return transpose(squeeze(y, { axis: 0 }));
          });
          const gradients = (ys: Tensor[]) => {
            for (const x of inputs) x.grad = undefined;
            for (const y of ys) y.backward({ gradient: rising(y.shape), retainGraph: true });
            return inputs.map((x) => x.grad as Tensor);
          };
          for (const [i, y] of together.entries()) expectClose(y, alone[i]);
          const expected = gradients(alone);
          for (const [i, dx] of gradients(together).entries()) expectClose(dx, expected[i]);
        }),
        { numRuns: 50 },
      );
    },
  );

  test('over everything gives one vector, of a sequence over its own steps', () => {
    const x = tensor([
      [
        [1, 5, 3],
        [-1, -2, -6],
      ],
    ]);
    expectClose(globalMaxPool(x), [[5, -1]]);
    expectClose(globalAvgPool(x), [[3, -3]]);
    const ragged = Sequence.fromArrays([[[1], [5]], [[-4]]]);
    expectClose(globalMaxPool(ragged), [[5], [-4]]);
    expectClose(globalAvgPool(ragged), [[3], [-4]]);
    expect(flatten(zeros([2, 3, 4])).shape).toEqual([2, 12]);
    expect(flatten(Sequence.fromArrays([zeros([2, 3, 4])])).features).toEqual([12]);
  });
});

describe('pooling refuses', () => {
  test('options that it has not, and sizes that are none', () => {
    expect(() => new MaxPool1d({ kernelSize: 2, ...{ ceil_mode: true } })).toThrow(
      "MaxPool1d: there is no option 'ceil_mode'; the options are kernelSize, stride, padding, name, dilation",
    );
    expect(() => new AvgPool2d({ kernelSize: 2, ...{ dilation: 2 } })).toThrow(
      "AvgPool2d: there is no option 'dilation'",
    );
    expect(() => new MaxPool2d({ kernelSize: 0 })).toThrow(OptionError);
    expect(() => new MaxPool2d({ kernelSize: [2, 3], padding: 2 })).toThrow(
      'MaxPool2d: padding must be half a window at most; got 2 for a window of 2',
    );
  });

  test('shapes and lengths that do not fit', () => {
    expect(() => new MaxPool1d({ kernelSize: 2 }).forward(zeros([3, 4]))).toThrow(
      'MaxPool1d: needs [batch, channels, length]; got [3, 4]. A single one is a batch of 1',
    );
    expect(() => new AvgPool2d({ kernelSize: 5 }).forward(zeros([1, 1, 4, 9]))).toThrow(
      'AvgPool2d: a window of 5 with padding 0 + 0 does not fit into a height of 4',
    );
    const short = Sequence.fromArrays([zeros([3, 1]), zeros([1, 1])]);
    expect(() => new AvgPool1d({ kernelSize: 2 }).forward(short)).toThrow(DataError);
    expect(() => new AvgPool1d({ kernelSize: 2 }).forward(short)).toThrow(
      'does not fit into sequence 1, which has 1 step.',
    );
    expect(() => globalAvgPool(zeros([2, 3]))).toThrow(ShapeError);
    const ids = zeros([2, 3, 4], { dtype: 'int32' });
    expect(() => globalMaxPool(ids)).toThrow('globalMaxPool: needs a floating tensor; got int32');
    expect(() => new MaxPool1d({ kernelSize: 2 }).forward(ids)).toThrow(DTypeError);
    expect(() => flatten(zeros([]))).toThrow('flatten: needs [batch, …]; got a scalar');
  });
});

function rising(shape: readonly number[]): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float64Array.from({ length: size }, (_, i) => i + 1),
    { shape },
  );
}
