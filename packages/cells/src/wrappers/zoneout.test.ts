import { OptionError } from '@unroll/backend';
import {
  add,
  grad,
  manualSeed,
  mul,
  randomStream,
  reshape,
  Sequence,
  slice,
  sum,
  type Tensor,
  where,
  zeros,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { expect, test } from 'vitest';
import { lstm } from '../cells/lstm.ts';
import { Recurrent } from '../layers/recurrent.ts';
import { unrolled } from '../testing/naive-cells.ts';
import { zoneout } from './zoneout.ts';

const [batch, time, m, n] = [3, 6, 2, 4];
const dtype = 'float64';
const rates = { h: 0.3, c: 0.6 };
const layer = new Recurrent({
  cell: zoneout(lstm, rates),
  inputSize: m,
  hiddenSize: n,
  dtype,
  name: 'zoned',
});
const weights = layer.parameters();
const [W, U, b] = weights;
const x = randomStream('zoneout.test').normal([batch, time, m], { dtype });
const start = { h: zeros([batch, n], { dtype }), c: zeros([batch, n], { dtype }) };

function expectSame(ours: Tensor, theirs: Tensor): void {
  expectClose(ours, theirs, 1e-12);
  const [mine, their] = [ours, theirs].map((y) => grad(sum(mul(y, y)), weights));
  for (const [i, gradient] of mine.entries()) expectClose(gradient, their[i], 1e-12);
}

test('while training each unit keeps its old value where its mask is 1: outputs and all gradients', () => {
  manualSeed(5);
  const ours = layer.train().forward(x).output;
  manualSeed(5);
  // Rows of equal lengths stand step after step.
  const masks = Object.fromEntries(
    Object.entries(rates).map(([state, p]) => [
      state,
      randomStream(`zoned.0.zoneout.${state}`).bernoulli([time * batch, n], p, { dtype }),
    ]),
  );
  const theirs = unrolled('lstm', x, { W, U, b }, start, {
    state(name, old, next, t) {
      const mask = slice(masks[name], { axis: 0, from: t * batch, to: (t + 1) * batch });
      return where(mask, old, next);
    },
  });
  expectSame(ours, theirs);
});

test('each sequence of a ragged batch has the masks of its own rows, to its end', () => {
  const lengths = [2, 6, 4];
  const ragged = Sequence.fromBatch(x, lengths);
  const rows = ragged.rows.shape[0];
  manualSeed(5);
  const ours = layer.train().forward(ragged).output.toTensors();
  manualSeed(5);
  const masks = Object.fromEntries(
    Object.entries(rates).map(([state, p]) => [
      state,
      randomStream(`zoned.0.zoneout.${state}`).bernoulli([rows, n], p, { dtype }),
    ]),
  );
  for (const [i, length] of lengths.entries()) {
    const from = { axis: 0, from: i, to: i + 1 };
    const alone = slice(slice(x, from), { axis: 1, to: length });
    const zero = zeros([1, n], { dtype });
    const theirs = unrolled(
      'lstm',
      alone,
      { W, U, b },
      { h: zero, c: zero },
      {
        state(name, old, next, t) {
          const row = ragged.rowOf(i, t);
          return where(slice(masks[name], { axis: 0, from: row, to: row + 1 }), old, next);
        },
      },
    );
    expectClose(ours[i], reshape(theirs, [length, n]), 1e-12);
  }
});

test('in use each unit is the expectation: p of the old value and 1 − p of the new one', () => {
  const ours = layer.eval().forward(x).output;
  const theirs = unrolled('lstm', x, { W, U, b }, start, {
    state(name, old, next) {
      const p = rates[name as 'h' | 'c'];
      return add(mul(old, p), mul(next, 1 - p));
    },
  });
  expectSame(ours, theirs);
});

test('p = 1 keeps the initial state to the bit, and p = 0 is the plain cell', () => {
  const sizes = { inputSize: m, hiddenSize: n };
  const h = randomStream('zoneout.test').normal([batch, n]);
  const input = randomStream('zoneout.test').normal([batch, time, m]);
  const still = new Recurrent({ cell: zoneout(lstm, 1), ...sizes });
  const { state } = still.forward(input, [{ h, c: h }]);
  expect((state[0].h as Tensor).dataSync()).toEqual(h.dataSync());
  const never = zoneout(lstm, 0);
  const size = { ...sizes, bias: true };
  expect(never.training?.(size).masks).toEqual([]);
  expect(never.training?.(size).program).toEqual(lstm.program(size));
  expect(never.program(size)).toEqual(lstm.program(size));
});

test('p outside of [0, 1] and a state that is not carried are refused', () => {
  expect(() => zoneout(lstm, 1.5)).toThrow(OptionError);
  expect(() => zoneout(lstm, { h: -0.1 })).toThrow('zoneout: h must be in [0, 1]; got -0.1');
  expect(() => zoneout(lstm, { cell: 0.5 })).toThrow(
    'zoneout: cell is no state of LSTM; there are h, c',
  );
});
