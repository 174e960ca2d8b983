import { cells, GRU, LSTM, Recurrent, RNN } from '@unroll/cells';
import { concat, eye, manualSeed, mul, tensor } from '@unroll/tensor';
import { beforeEach, describe, expect, test } from 'vitest';
import { recurrentSpectrum } from './recurrent-spectrum.ts';

beforeEach(() => manualSeed(2));

const sizes = { inputSize: 2, hiddenSize: 2 };

function withU(U: number[][]): RNN {
  return new RNN({
    ...sizes,
    dtype: 'float64',
    init: { U: () => tensor(U, { dtype: 'float64' }) },
  });
}

describe('the spectrum of recurrent weights', () => {
  test('of a turn by 60° shrunk to 0.9 is a complex pair of magnitude 0.9', async () => {
    const [cos, sin] = [0.9 * Math.cos(Math.PI / 3), 0.9 * Math.sin(Math.PI / 3)];
    const [found] = await recurrentSpectrum(
      withU([
        [cos, sin],
        [-sin, cos],
      ]),
    );
    expect(found.radius).toBeCloseTo(0.9, 12);
    expect(found.norm).toBeCloseTo(0.9, 12);
    expect(found.eigenvalues.map(({ re }) => re)).toEqual([
      expect.closeTo(cos, 12),
      expect.closeTo(cos, 12),
    ]);
    expect(found.eigenvalues.map(({ im }) => Math.abs(im))).toEqual([
      expect.closeTo(sin, 12),
      expect.closeTo(sin, 12),
    ]);
  });

  test('of a matrix that is far from normal has a norm far above its radius', async () => {
    const [{ radius, norm }] = await recurrentSpectrum(
      withU([
        [0.5, 10],
        [0, 0.5],
      ]),
    );
    expect(radius).toBeCloseTo(0.5, 12);
    expect(norm).toBeCloseTo((10 + Math.sqrt(10 ** 2 + 4 * 0.25)) / 2, 10);
  });

  test('is taken gate by gate, in both directions', async () => {
    const blocks = () =>
      concat(
        [1, 2, 3, 4].map((k) => mul(eye(2), k)),
        { axis: 1 },
      );
    const lstm = new LSTM({ ...sizes, bidirectional: true, init: { U: blocks } });
    const found = await recurrentSpectrum(lstm);
    expect(found.map(({ layer, name, radius }) => [layer, name, radius])).toEqual(
      ['0', '0.backward'].flatMap((layer) => [
        [layer, 'i', 1],
        [layer, 'f', 2],
        [layer, 'g', 3],
        [layer, 'o', 4],
      ]),
    );
  });

  test.each([
    ['gru', ['r', 'z', 'n']],
    ['gru-before', ['z', 'r', 'n']],
    ['lstm-layer-norm', ['i', 'f', 'g', 'o']],
    ['lecture-lstm', ['c̃', 'u', 'f', 'o']],
    ['jordan', ['h', 'y']],
    ['indrnn', ['h']],
    ['sru', ['f', 'r']],
    ['mingru', []],
  ] as const)('of %s comes under the symbols of its equations', async (cell, names) => {
    const found = await recurrentSpectrum(new Recurrent({ cell, ...sizes }));
    expect(found.map(({ name }) => name)).toEqual(names);
    for (const { eigenvalues } of found) expect(eigenvalues).toHaveLength(2);
  });

  test('of a projected state has a norm where a matrix is not square', async () => {
    const model = new LSTM({ inputSize: 2, hiddenSize: 3, projSize: 2 });
    const found = await recurrentSpectrum(model);
    expect(found.map(({ name }) => name)).toEqual(['i', 'f', 'g', 'o', 'h']);
    for (const { radius, eigenvalues, norm } of found) {
      expect([radius, eigenvalues]).toEqual([undefined, []]);
      expect(norm).toBeGreaterThan(0);
    }
  });

  test('of self-connections are their weights', async () => {
    const u = () => tensor([0.25, -1.5]);
    const [found] = await recurrentSpectrum(
      new Recurrent({ cell: 'indrnn', ...sizes, init: { u } }),
    );
    expect(found.eigenvalues).toEqual([
      { re: -1.5, im: 0 },
      { re: 0.25, im: 0 },
    ]);
    expect([found.weight, found.radius]).toEqual(['u', 1.5]);
  });

  test.each(Object.entries(cells))('of %s can be read', async (_, cell) => {
    const model = new Recurrent({ cell, inputSize: 3, hiddenSize: 4, numLayers: 2 });
    for (const { norm, radius = 0 } of await recurrentSpectrum(model)) {
      expect(norm).toBeGreaterThanOrEqual(radius * (1 - 1e-6));
    }
  });

  test('of the identity stays 1 whatever the gate order', async () => {
    const same = {
      U: () =>
        concat(
          [1, 1, 1].map(() => eye(4)),
          { axis: 1 },
        ),
    };
    const found = await recurrentSpectrum(new GRU({ inputSize: 1, hiddenSize: 4, init: same }));
    expect(found.map(({ radius }) => radius)).toEqual([1, 1, 1]);
  });
});
