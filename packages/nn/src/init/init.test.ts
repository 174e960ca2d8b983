import { OptionError, ShapeError } from '@unroll/backend';
import { eye, manualSeed, matmul, mul, randomStream, type Tensor, tensor } from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import * as init from './index.ts';
import type { Initializer } from './initializer.ts';

beforeEach(() => manualSeed(3));

const inputs = 300;
const outputs = 200;
const draw = (make: Initializer, shape = [inputs, outputs]) => make(shape, randomStream('w'));

/** Five standard deviations of the mean and the variance of n draws; kurtosis is 1.8 for a uniform, 3 for a normal one. */
function expectMoments(x: Tensor, mean: number, std: number, kurtosis: number): void {
  const values = x.dataSync();
  const n = values.length;
  let [first, second] = [0, 0];
  for (const v of values) {
    first += v / n;
    second += (v - mean) ** 2 / n;
  }
  expect(Math.abs(first - mean)).toBeLessThan((5 * std) / Math.sqrt(n));
  expect(Math.abs(second / std ** 2 - 1)).toBeLessThan(5 * Math.sqrt((kurtosis - 1) / n));
}

describe('random initialisers have the mean and the variance of their formulas', () => {
  const cases: [string, Initializer, mean: number, std: number, kurtosis: number][] = [
    ['uniform', init.uniform({ low: -1, high: 3 }), 1, 4 / Math.sqrt(12), 1.8],
    ['uniform by default', init.uniform(), 0, 0.2 / Math.sqrt(12), 1.8],
    ['normal', init.normal({ mean: 2, std: 0.5 }), 2, 0.5, 3],
    ['xavierUniform', init.xavierUniform(), 0, Math.sqrt(2 / (inputs + outputs)), 1.8],
    ['xavierNormal', init.xavierNormal({ gain: 3 }), 0, 3 * Math.sqrt(2 / (inputs + outputs)), 3],
    ['kaimingUniform', init.kaimingUniform(), 0, Math.sqrt(2 / inputs), 1.8],
    ['kaimingNormal', init.kaimingNormal({ mode: 'fanOut' }), 0, Math.sqrt(2 / outputs), 3],
    [
      'kaimingNormal for leaky ReLU',
      init.kaimingNormal({ nonlinearity: 'leakyRelu', slope: 0.5 }),
      0,
      Math.sqrt(2 / 1.25 / inputs),
      3,
    ],
    [
      'kaimingUniform for tanh',
      init.kaimingUniform({ nonlinearity: 'tanh' }),
      0,
      5 / 3 / Math.sqrt(inputs),
      1.8,
    ],
    [
      'kaimingUniform for nothing',
      init.kaimingUniform({ nonlinearity: 'linear' }),
      0,
      1 / Math.sqrt(inputs),
      1.8,
    ],
  ];
  test.each(cases)('%s', (_name, make, mean, std, kurtosis) => {
    const x = draw(make);
    expect([x.shape, x.dtype]).toEqual([[inputs, outputs], 'float32']);
    expectMoments(x, mean, std, kurtosis);
  });

  test('the axes in front of a matrix multiply its fans', () => {
    expectMoments(draw(init.kaimingNormal(), [5, 60, 200]), 0, Math.sqrt(2 / 300), 3);
    expectMoments(draw(init.xavierNormal(), [5, 60, 200]), 0, Math.sqrt(2 / 1300), 3);
  });
});

describe('orthogonal', () => {
  test.each([
    [6, 6],
    [3, 7],
    [7, 3],
    [1, 4],
  ])('is orthogonal to rounding: %i × %i', (rows, columns) => {
    fc.assert(
      fc.property(fc.nat(1000), fc.double({ min: 0.1, max: 3, noNaN: true }), (seed, gain) => {
        manualSeed(seed);
        const Q = init.orthogonal({ gain })([rows, columns], randomStream('q'), 'float64');
        const flat = rows <= columns;
        const product = matmul(Q, Q, { transposeA: !flat, transposeB: flat });
        const identity = eye(Math.min(rows, columns), { dtype: 'float64' });
        expectClose(product, mul(identity, gain ** 2), 1e-14);
      }),
      { numRuns: 25 },
    );
  });

  test('holds for a large matrix, and for float32 to its rounding', () => {
    const wide = draw(init.orthogonal(), [200, 200]);
    expect(wide.dtype).toBe('float32');
    expectClose(matmul(wide, wide, { transposeB: true }), eye(200), 1e-6);
  });

  test('prefers no direction: traces of rotations have mean 0 and variance 1', () => {
    const traces = Array.from({ length: 4000 }, () => {
      const q = draw(init.orthogonal(), [3, 3]).dataSync();
      return q[0] + q[4] + q[8];
    });
    // E tr = 0 and E tr² = 1 for a uniformly drawn orthogonal matrix; its trace lies within ±3.
    expectMoments(tensor(traces, { dtype: 'float64' }), 0, 1, 3);
  });
});

describe('initialisers without chance', () => {
  test('scaledIdentity, constant, zeros', () => {
    expectClose(
      draw(init.scaledIdentity(0.5), [2, 3]),
      [
        [0.5, 0, 0],
        [0, 0.5, 0],
      ],
      0,
    );
    expectClose(draw(init.scaledIdentity(), [2, 1]), [[1], [0]], 0);
    expectClose(draw(init.constant(2), [2]), [2, 2], 0);
    expectClose(draw(init.zeros(), [1, 2]), [[0, 0]], 0);
  });
});

describe('every initialiser', () => {
  const all = {
    uniform: init.uniform(),
    normal: init.normal(),
    xavierUniform: init.xavierUniform(),
    xavierNormal: init.xavierNormal(),
    kaimingUniform: init.kaimingUniform(),
    kaimingNormal: init.kaimingNormal(),
    orthogonal: init.orthogonal(),
    scaledIdentity: init.scaledIdentity(),
    constant: init.constant(1),
    zeros: init.zeros(),
  };

  test.each(Object.entries(all))(
    '%s gives the same twice from one seed, in float64 too',
    (_name, make) => {
      const x = draw(make, [3, 3]);
      manualSeed(3);
      expectClose(draw(make, [3, 3]), x, 0);
      expect(make([2, 2], randomStream('w'), 'float64').dtype).toBe('float64');
    },
  );

  test.each([
    'xavierUniform',
    'xavierNormal',
    'kaimingUniform',
    'kaimingNormal',
    'orthogonal',
    'scaledIdentity',
  ] as const)('%s needs a matrix', (name) => {
    expect(() => draw(all[name], [3])).toThrow(ShapeError);
  });

  test('refuses numbers that are none', () => {
    const bad = Number.NaN;
    expect(() => init.uniform({ low: 1, high: 0 })).toThrow(OptionError);
    expect(() => init.uniform({ low: bad })).toThrow(OptionError);
    expect(() => init.normal({ std: -1 })).toThrow(OptionError);
    expect(() => init.constant(bad)).toThrow(OptionError);
    expect(() => init.scaledIdentity(Infinity)).toThrow(OptionError);
    expect(() => init.orthogonal({ gain: bad })).toThrow(OptionError);
    expect(() => draw(init.xavierUniform({ gain: bad }))).toThrow(OptionError);
    expect(() => draw(init.kaimingNormal({ nonlinearity: 'leakyRelu', slope: bad }))).toThrow(
      OptionError,
    );
  });
});
