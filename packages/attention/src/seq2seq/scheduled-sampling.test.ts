import { manualSeed, oneHot, Sequence } from '@unroll/tensor';
import { beforeEach, expect, test } from 'vitest';
import { scheduledSampling } from './scheduled-sampling.ts';

beforeEach(() => manualSeed(1));

/** A model that guesses for each row its number among all rows; it writes down what it reads. */
function rowNumbers() {
  const reads: number[][][] = [];
  const decode = (ids: Sequence) => {
    reads.push(ids.toTensors().map((x) => [...x.dataSync()]));
    const numbers = Int32Array.from(ids.rows.dataSync(), (_, row) => row);
    return ids.withRows(oneHot(Sequence.fromArrays([numbers]).rows, 32));
  };
  return { decode, reads };
}

const input = Sequence.fromArrays([[30, 31], [30, 31, 31, 31], [30]], { dtype: 'int32' });

test('with rate 1 each step after the first reads what the one before it in its own sequence has guessed', () => {
  const { decode, reads } = rowNumbers();
  scheduledSampling(decode, input, { rate: 1 });
  expect(reads[0]).toEqual([[30, 31], [30, 31, 31, 31], [30]]);
  const guess = (sequence: number, step: number) => input.rowOf(sequence, step);
  expect(reads[1]).toEqual([[30, guess(0, 0)], [30, guess(1, 0), guess(1, 1), guess(1, 2)], [30]]);
});

test('with rate 0 it is teacher forcing, in one pass', () => {
  const { decode, reads } = rowNumbers();
  scheduledSampling(decode, input, { rate: 0 });
  expect(reads).toEqual([[[30, 31], [30, 31, 31, 31], [30]]]);
});

test('in between about so many inputs are guesses, the same ones for the same seed', () => {
  const many = Sequence.fromArrays([new Array<number>(1001).fill(31)], { dtype: 'int32' });
  const share = () => {
    manualSeed(4);
    let read: number[] = [];
    scheduledSampling(
      (ids) => {
        read = [...ids.rows.dataSync()];
        return ids.withRows(oneHot(ids.map((x) => x).rows.mul(0) as never, 32));
      },
      many,
      { rate: 0.3 },
    );
    return read.filter((id) => id === 0).length / 1000;
  };
  expect(share()).toBeGreaterThan(0.25);
  expect(share()).toBeLessThan(0.35);
  expect(share()).toBe(share());
});

test('a rate that is no share is refused', () => {
  const { decode } = rowNumbers();
  expect(() => scheduledSampling(decode, input, { rate: 1.5 })).toThrow(
    'rate must be in [0, 1]; got 1.5',
  );
});
