import { OptionError } from '@unroll/backend';
import {
  add,
  grad,
  manualSeed,
  matmul,
  mul,
  randomStream,
  sum,
  type Tensor,
  tanh,
  zeros,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { describe, expect, test } from 'vitest';
import { defineCell } from '../cell/define-cell.ts';
import { lstm } from '../cells/lstm.ts';
import { cells } from '../cells/names.ts';
import { Recurrent } from '../layers/recurrent.ts';
import { unrolled } from '../testing/naive-cells.ts';
import { variationalDropout } from './variational-dropout.ts';

const [batch, time, m, n] = [3, 6, 4, 5];
const dtype = 'float64';
const rates = { input: 0.25, state: 0.4 };

describe.each(['lstm', 'gru', 'gru-before'] as const)('%s', (kind) => {
  test('has one mask on x and one on h for all steps and gates: outputs and all gradients', () => {
    const cell = variationalDropout(cells[kind], rates);
    const layer = new Recurrent({ cell, inputSize: m, hiddenSize: n, dtype, name: kind });
    const weights = Object.fromEntries(
      [...layer.namedParameters()].map(([name, w]) => [name.slice(2), w]),
    );
    const x = randomStream('variational.test').normal([batch, time, m], { dtype });
    manualSeed(9);
    const ours = layer.forward(x).output;
    manualSeed(9);
    const mask = (name: string, size: number, rate: number) =>
      randomStream(`${kind}.0.dropout.${name}`).bernoulli([batch, size], 1 - rate, {
        dtype,
        value: 1 / (1 - rate),
      });
    const [onX, onH] = [mask('x', m, rates.input), mask('h', n, rates.state)];
    const zero = zeros([batch, n], { dtype });
    const theirs = unrolled(
      kind,
      x,
      weights,
      { h: zero, c: zero },
      {
        x: (row) => mul(row, onX),
        operand: (h) => mul(h, onH),
      },
    );
    expectClose(ours, theirs, 1e-12);
    const gradients = (y: Tensor) => grad(sum(mul(y, y)), Object.values(weights));
    const expected = gradients(theirs);
    for (const [i, gradient] of gradients(ours).entries())
      expectClose(gradient, expected[i], 1e-12);
  });
});

test('a share of 1 leaves nothing of x, at any step', () => {
  const cell = variationalDropout(lstm, { input: 1 });
  const layer = new Recurrent({ cell, inputSize: m, hiddenSize: n });
  const x = randomStream('variational.test').normal([batch, time, m]);
  const dark = layer.forward(x).output;
  expect(dark.dataSync()).toEqual(layer.forward(zeros([batch, time, m])).output.dataSync());
});

test('shares outside of [0, 1] and misspelt options are refused', () => {
  expect(() => variationalDropout(lstm, { input: 2 })).toThrow(
    'variationalDropout: input must be in [0, 1]; got 2',
  );
  const misspelt = { recurrent: 0.5 } as { state?: number };
  expect(() => variationalDropout(lstm, misspelt)).toThrow(OptionError);
  expect(() => variationalDropout(lstm, misspelt)).toThrow(
    "there is no option 'recurrent'; the options are input, state",
  );
});

test('a cell that multiplies no state by a matrix is refused, because nothing could be masked', () => {
  const independent = defineCell({
    name: 'IndRNN',
    states: ['h'],
    weights: ({ inputSize, hiddenSize }) => ({ W: [inputSize, hiddenSize], u: [hiddenSize] }),
    step: ({ x, h }, { W, u }) => ({ h: tanh(add(matmul(x, W), mul(h, u))) }),
  });
  const build = (options: { input?: number; state?: number }) => () =>
    new Recurrent({
      cell: variationalDropout(independent, options),
      inputSize: m,
      hiddenSize: n,
    }).forward(zeros([1, 2, m]));
  expect(build({ state: 0.2 })).toThrow('IndRNN multiplies no state by a matrix');
  expect(build({ input: 0.2 })).not.toThrow();
});
