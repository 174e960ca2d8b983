import { OptionError, ShapeError } from '@unroll/backend';
import {
  assign,
  gradcheck,
  gradgradcheck,
  manualSeed,
  ones,
  randomStream,
  Sequence,
  square,
  type Tensor,
  tensor,
  zeros,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BatchNorm1d, BatchNorm2d } from './batch-norm.ts';

const dtype = 'float64' as const;

/** A norm with statistics that are none of a beginner. */
function used<N extends BatchNorm1d | BatchNorm2d>(norm: N): N {
  if (norm.runningMean) assign(norm.runningMean, tensor([0.3, -0.2], { dtype }));
  if (norm.runningVar) assign(norm.runningVar, tensor([0.5, 2], { dtype }));
  return norm;
}

describe('batch norm has right first and second derivatives', () => {
  const options = { size: 2, eps: 0.01, dtype };
  test.each<[string, BatchNorm1d | BatchNorm2d, number[]]>([
    ['of rows', new BatchNorm1d(options), [4, 2]],
    ['of lines', new BatchNorm1d(options), [2, 2, 3]],
    ['of grids', new BatchNorm2d(options), [2, 2, 2, 2]],
    ['without parameters', new BatchNorm1d({ ...options, affine: false }), [4, 2]],
    ['in use', used(new BatchNorm1d(options)).eval(), [4, 2]],
    [
      'in use without statistics',
      new BatchNorm1d({ ...options, trackRunningStats: false }).eval(),
      [4, 2],
    ],
  ])('%s', (_name, norm, shape) => {
    const own = Object.entries(norm.ownParameters());
    const run = (x: Tensor, ...weights: Tensor[]) => {
      Object.assign(norm, Object.fromEntries(own.map(([name], i) => [name, weights[i]])));
      return norm.forward(x);
    };
    const stream = randomStream('checked');
    const inputs = [shape, ...own.map(([, w]) => w.shape)].map((s) => stream.normal(s, { dtype }));
    gradcheck(run, inputs);
    gradgradcheck((...xs) => square(run(...(xs as [Tensor]))), inputs);
  });
});

describe('batch norm', () => {
  test('measures the batch while training and keeps means of what it measured', () => {
    const norm = new BatchNorm1d({ size: 2, eps: 1e-12, momentum: 0.5 });
    expectClose(
      norm.forward(
        tensor([
          [1, 10],
          [3, 30],
        ]),
      ),
      [
        [-1, -1],
        [1, 1],
      ],
    );
    expectClose(norm.runningMean as Tensor, [1, 10]);
    expectClose(norm.runningVar as Tensor, [1.5, 100.5]);
    norm.forward(
      tensor([
        [1, 10],
        [1, 10],
      ]),
    );
    expectClose(norm.runningMean as Tensor, [1, 10]);
    expectClose(norm.runningVar as Tensor, [0.75, 50.25]);
  });

  test('in use takes the means that it kept, changes nothing and takes a single row', () => {
    const norm = new BatchNorm1d({ size: 2, eps: 1e-12 });
    norm.loadStateDict({
      g: tensor([2, 1]),
      b: tensor([0, 1]),
      runningMean: tensor([1, 2]),
      runningVar: tensor([4, 9]),
    });
    norm.eval();
    expectClose(norm.forward(tensor([[3, 8]])), [[2, 3]]);
    expectClose(norm.runningMean as Tensor, [1, 2], 0);
    expect(Object.keys(norm.stateDict())).toEqual(['g', 'b', 'runningMean', 'runningVar']);
    expect(norm.parameters()).toHaveLength(2);
  });

  test('without statistics has none to save, and measures in use too', () => {
    const norm = new BatchNorm2d({ size: 1, affine: false, trackRunningStats: false, eps: 1e-12 });
    expect(Object.keys(norm.stateDict())).toEqual([]);
    expectClose(norm.eval().forward(tensor([[[[1, 3]]]])), [[[[-1, 1]]]]);
  });

  test('keeps equals at zero and lets NaN through in its own feature', () => {
    const y = new BatchNorm1d({ size: 2 }).forward(
      tensor([
        [5, Number.NaN],
        [5, 1],
      ]),
    );
    expectClose(y, [
      [0, Number.NaN],
      [0, Number.NaN],
    ]);
  });

  test('of a ragged batch is that of its rows in any order, and measures no padding', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(lengths, fc.nat(1000), (given, seed) => {
        manualSeed(seed);
        const inputs = given.map((n) => randomStream('x').normal([n, 2], { dtype }));
        const all = tensor(Float64Array.from(inputs.flatMap((x) => [...x.dataSync()])), {
          shape: [given.reduce((a, b) => a + b), 2],
        });
        const [ragged, rows] = [0, 1].map(() => new BatchNorm1d({ size: 2, dtype }));
        const together = ragged.forward(Sequence.fromArrays(inputs)).toTensors();
        const flat = together.flatMap((y) => [...y.dataSync()]);
        expectClose(rows.forward(all), Float64Array.from(flat));
        expectClose(ragged.runningMean as Tensor, rows.runningMean as Tensor);
        expectClose(ragged.runningVar as Tensor, rows.runningVar as Tensor);
        for (const [i, y] of ragged
          .eval()
          .forward(Sequence.fromArrays(inputs))
          .toTensors()
          .entries()) {
          expectClose(y, ragged.forward(inputs[i]));
        }
      }),
      { numRuns: 30 },
    );
  });

  test('of frames is that of all their places', () => {
    const norm = new BatchNorm2d({ size: 2 });
    const frames = [2, 1].map((n) => randomStream('frames').normal([n, 2, 3, 3]));
    const y = norm.forward(Sequence.fromArrays(frames));
    expect(y.features).toEqual([2, 3, 3]);
    expect([...y.rows.dataSync()].reduce((a, v) => a + v, 0)).toBeCloseTo(0, 4);
  });

  test('refuses a single value, other shapes, and options that are none', () => {
    const norm = new BatchNorm1d({ size: 2 });
    expect(() => norm.forward(ones([1, 2]))).toThrow(
      'BatchNorm1d: needs more than one value per feature to measure a batch; got 1. Give a larger batch, or call eval() first.',
    );
    expectClose(norm.runningMean as Tensor, [0, 0], 0);
    expect(() => norm.forward(zeros([4, 3]))).toThrow(ShapeError);
    expect(() => norm.forward(zeros([4, 3]))).toThrow('BatchNorm1d: size is 2; got [4, 3]');
    expect(() => norm.forward(zeros([4, 3, 2]))).toThrow('transpose(x, [0, 2, 1])?');
    expect(() => norm.forward(zeros([2]))).toThrow('a sequence of rows [2]; got [2]');
    expect(() => new BatchNorm2d({ size: 2 }).forward(zeros([4, 2]))).toThrow(
      'BatchNorm2d: needs [batch, 2, height, width]; got [4, 2]',
    );
    expect(() => new BatchNorm1d({ size: 2, momentum: 1.5 })).toThrow(OptionError);
    expect(() => new BatchNorm1d({ size: 2, eps: 0 })).toThrow(OptionError);
    expect(() => new BatchNorm1d({ size: 2, ...{ numFeatures: 3 } })).toThrow(
      "BatchNorm1d: there is no option 'numFeatures'",
    );
  });
});
