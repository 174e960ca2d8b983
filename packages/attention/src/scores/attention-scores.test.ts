import { OptionError, ShapeError } from '@unroll/backend';
import { tolerances } from '@unroll/backend/testing';
import {
  concat,
  gradcheck,
  manualSeed,
  randomStream,
  reshape,
  Sequence,
  softmax,
  type Tensor,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { AttentionDecoder } from '../seq2seq/attention-decoder.ts';
import { attentionScores, type Scoring } from './attention-scores.ts';

beforeEach(() => manualSeed(6));

const draw = (...shape: number[]) => randomStream('test').normal(shape, { dtype: 'float64' });

/** Number by number, with plain loops. */
type ByHand = (h: number[], m: number[]) => number;
const dot = (a: number[], b: number[]) => a.reduce((total, x, i) => total + x * b[i], 0);
const times = (x: number[], W: number[][]) =>
  W[0].map((_, j) => x.reduce((total, value, i) => total + value * W[i][j], 0));
const values = async (x: Tensor) => (await x.toArray()) as number[][];

async function cases(): Promise<[Scoring, ByHand][]> {
  const [Wa, Wq, Wk, v] = [draw(4, 4), draw(4, 3), draw(4, 3), draw(3)];
  const [a, q, k] = [await values(Wa), await values(Wq), await values(Wk)];
  const vs = (await v.toArray()) as number[];
  const additive: ByHand = (h, m) => {
    const [left, right] = [times(h, q), times(m, k)];
    return dot(
      vs,
      left.map((x, i) => Math.tanh(x + right[i])),
    );
  };
  return [
    [{ score: 'dot' }, dot],
    [{ score: 'scaled-dot' }, (h, m) => dot(h, m) / 2],
    [{ score: 'general', Wa }, (h, m) => dot(times(h, a), m)],
    [{ score: 'additive', Wq, Wk, v }, additive],
    [{ score: 'concat', Wa: concat([Wq, Wk], { axis: 0 }), v }, additive],
  ];
}

describe.each([0, 1, 2, 3, 4])('score %i of dot, scaled-dot, general, additive, concat', (i) => {
  test('is its equation pair by pair, and −∞ beyond the end of a memory', async () => {
    const [given, byHand] = (await cases())[i];
    const [h, m] = [draw(2, 3, 4), draw(2, 5, 4)];
    const [hs, ms] = [await h.toArray(), await m.toArray()] as unknown as number[][][][];
    const lengths = [2, 5];
    const found = attentionScores(Sequence.fromBatch(h), Sequence.fromBatch(m, lengths), given);
    const expected = hs.map((rows, b) =>
      rows.map((row) => ms[b].map((entry, s) => (s < lengths[b] ? byHand(row, entry) : -Infinity))),
    );
    const all = expected.flat(2);
    expect(found.shape).toEqual([2, 3, 5]);
    for (const [at, x] of [...found.dataSync()].entries()) {
      if (all[at] === -Infinity) expect(x).toBe(-Infinity);
      else expect(Math.abs(x - all[at])).toBeLessThan(1e-12);
    }
  });

  test('has right derivatives through the softmax of a ragged memory', async () => {
    const [given] = (await cases())[i];
    gradcheck(
      (h, m) =>
        softmax(attentionScores(Sequence.fromBatch(h), Sequence.fromBatch(m, [2, 3]), given)),
      [draw(2, 2, 4), draw(2, 3, 4)],
    );
  });
});

test('what a decoder of the same weights looks at is the softmax of its scores', () => {
  const decoder = new AttentionDecoder({
    ...{ inputSize: 3, hiddenSize: 4, memorySize: 5, cell: 'gru', attentionSize: 4 },
    ...{ score: 'additive', inputFeeding: false, dtype: 'float64' },
  });
  const memory = Sequence.fromBatch(draw(2, 6, 5), [6, 4]);
  const x = Sequence.fromBatch(draw(2, 1, 3));
  const { attention, state } = decoder.forward(x, decoder.look(memory));
  const { Wq, v } = decoder.weights;
  const h = Sequence.fromBatch(reshape(state.h, [2, 1, 4]));
  const weights = { score: 'additive', Wq, Wk: decoder.keys!.W, v } as const;
  const found = softmax(attentionScores(h, memory, weights));
  expectClose(attention.toBatch(), found, tolerances.fixture.float64);
});

test('what does not fit is refused, all at once', () => {
  const rows = (...shape: number[]) => Sequence.fromBatch(draw(...shape));
  const ask =
    (given: object, k = 4) =>
    () =>
      attentionScores(rows(1, 2, 4), rows(1, 3, k), given as never);
  expect(ask({ score: 'dot' }, 5)).toThrow('dot multiplies rows of one size; got 4 and 5');
  expect(ask({ score: 'additive', Wq: draw(4, 2), Wk: draw(5, 3), v: draw(3) })).toThrow(
    'Wq must be [4, 3]; got [4, 2]; Wk must be [4, 3]; got [5, 3]',
  );
  expect(ask({ score: 'general', Wa: draw(3, 4) })).toThrow(ShapeError);
  expect(ask({ score: 'cosine' })).toThrow(OptionError);
  expect(() => attentionScores(rows(2, 2, 4), rows(1, 2, 4), { score: 'dot' })).toThrow(
    'one batch; got 2 and 1',
  );
});
