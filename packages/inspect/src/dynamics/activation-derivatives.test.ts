import { cells, LSTM, Recurrent, RNN } from '@unroll/cells';
import { init } from '@unroll/nn';
import { manualSeed, randomStream, relu, sigmoid, tanh, tensor, zeros } from '@unroll/tensor';
import { beforeEach, describe, expect, test } from 'vitest';
import { trace } from '../trace/trace.ts';
import { activationDerivatives, derivativeOf } from './activation-derivatives.ts';
import { histogram } from './histogram.ts';

beforeEach(() => manualSeed(2));

describe('the derivatives of activations', () => {
  test('of an LSTM are those of three σ and two tanh, at the values it saw', async () => {
    const lstm = new LSTM({ inputSize: 2, hiddenSize: 3, dtype: 'float64' });
    const x = randomStream('x').normal([2, 5, 2], { dtype: 'float64' });
    const traced = trace(lstm, x);
    const found = await activationDerivatives(traced);
    expect(found.map(({ name, activation }) => [name, activation])).toEqual([
      ['i', 'sigmoid'],
      ['f', 'sigmoid'],
      ['g', 'tanh'],
      ['o', 'sigmoid'],
      ['tanh(c)', 'tanh'],
    ]);
    const { f, c } = traced.layers[0].values;
    const mean = (x: typeof f, slope: (x: number) => number) =>
      Array.from(x.rows.dataSync(), slope).reduce((a, b) => a + b) / 30;
    expect(found[1].mean).toBeCloseTo(
      mean(f, (y) => y * (1 - y)),
      12,
    );
    expect(found[4].mean).toBeCloseTo(
      mean(c, (y) => 1 - Math.tanh(y) ** 2),
      12,
    );
    for (const { counts } of found) expect(counts.reduce((a, b) => a + b)).toBe(30);
  });

  test('of a ReLU net are 0 and 1', async () => {
    const one = { W: init.constant(1), U: init.zeros(), b: init.zeros() };
    const net = new RNN({ inputSize: 1, hiddenSize: 2, nonlinearity: 'relu', init: one });
    const [{ mean, small, counts }] = await activationDerivatives(
      trace(net, tensor([[[1], [-1], [-2], [3]]])),
    );
    expect([mean, small]).toEqual([0.5, 0.5]);
    expect([counts[0], counts[39]]).toEqual([4, 4]);
  });

  test.each(Object.entries(cells))('of %s have numbers for each', async (_, cell) => {
    const model = new Recurrent({ cell, inputSize: 2, hiddenSize: 3 });
    for (const one of await activationDerivatives(
      trace(model, randomStream('x').normal([2, 3, 2])),
    )) {
      expect(Number.isFinite(one.mean)).toBe(true);
      expect(one.counts.reduce((a, b) => a + b)).toBe(18);
    }
  });

  test('of functions elsewhere are found by the tape', async () => {
    expect((await derivativeOf('sigmoid', sigmoid, zeros([3]))).mean).toBe(0.25);
    expect((await derivativeOf('relu', relu, tensor([-1, 2]))).small).toBe(0.5);
    const { edges, counts } = await derivativeOf('tanh', tanh, tensor([0, 0, 20]));
    expect([edges[0], edges[40], counts[0], counts[39]]).toEqual([0, 1, 1, 2]);
  });
});

test('a histogram counts what lies beyond its ends in the bins there', () => {
  expect(histogram([-1, 0, 0.5, 0.99, 1, 7, Number.NaN], [0, 1], 2)).toEqual({
    edges: [0, 0.5, 1],
    counts: [2, 4],
  });
});
