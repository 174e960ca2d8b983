import { OptionError } from '@unroll/backend';
import { grad, manualSeed, mul, randomStream, sum, type Tensor, zeros } from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { expect, test } from 'vitest';
import { lstm } from '../cells/lstm.ts';
import { Recurrent } from '../layers/recurrent.ts';
import { unrolled } from '../testing/naive-cells.ts';
import { weightDrop } from './weight-drop.ts';

const [batch, time, m, n] = [2, 5, 3, 4];
const dtype = 'float64';

test('elements of U are 0 for a whole run, the others divided by 1 − p: outputs and all gradients', () => {
  const cell = weightDrop(lstm, 0.4);
  const layer = new Recurrent({ cell, inputSize: m, hiddenSize: n, dtype, name: 'dropped' });
  const weights = layer.parameters();
  const [W, U, b] = weights;
  const x = randomStream('weight-drop.test').normal([batch, time, m], { dtype });
  manualSeed(2);
  const ours = layer.forward(x).output;
  manualSeed(2);
  const mask = randomStream('dropped.0.drop.U').bernoulli(U.shape, 0.6, { dtype, value: 1 / 0.6 });
  const zero = zeros([batch, n], { dtype });
  const theirs = unrolled('lstm', x, { W, U: mul(U, mask), b }, { h: zero, c: zero }, {});
  expectClose(ours, theirs, 1e-12);
  const gradients = (y: Tensor) => grad(sum(mul(y, y)), weights);
  const expected = gradients(theirs);
  for (const [i, gradient] of gradients(ours).entries()) expectClose(gradient, expected[i], 1e-12);
});

test('several weights can be dropped, each by masks of its own', () => {
  const cell = weightDrop(lstm, 1, ['W', 'U']);
  const layer = new Recurrent({ cell, inputSize: m, hiddenSize: n, bias: false });
  const x = randomStream('weight-drop.test').normal([batch, time, m]);
  expect(
    layer
      .forward(x)
      .output.dataSync()
      .every((y) => y === 0),
  ).toBe(true);
});

test('p outside of [0, 1] and a weight that the cell does not have are refused', () => {
  expect(() => weightDrop(lstm, -1)).toThrow('weightDrop: p must be in [0, 1]; got -1');
  const cell = weightDrop(lstm, 0.5, ['U', 'V']);
  const layer = new Recurrent({ cell, inputSize: m, hiddenSize: n });
  const run = () => layer.forward(zeros([1, 2, m]));
  expect(run).toThrow(OptionError);
  expect(run).toThrow('weightDrop: LSTM has no weight V; there are W, U, b');
});
