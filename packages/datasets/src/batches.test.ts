import { DataError, IndexError, OptionError } from '@unroll/backend';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batches } from './batches.ts';
import { ArrayDataset } from './dataset.ts';
import type { PermutationStream } from './permutation-stream.ts';

/** A stream whose draws can be told apart: each order is the last one, rotated by one more. */
function rotations(): PermutationStream & { draws: number } {
  return {
    draws: 0,
    permutation(n) {
      const by = ++this.draws;
      return Int32Array.from({ length: n }, (_, i) => (i + by) % n);
    },
  };
}

const letters = new ArrayDataset([...'abcde']);

describe('batches', () => {
  test('gives the examples in order, the last batch smaller', () => {
    const two = batches(letters, { batchSize: 2 });
    expect(two.length).toBe(3);
    expect([...two]).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect([...two]).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(two.epoch).toBe(2);
    expect([...batches(letters, { batchSize: 2, dropLast: true })]).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  test('draws a new order for every epoch and gives every example once', () => {
    const shuffled = batches(letters, { batchSize: 2, shuffle: true, stream: rotations() });
    expect([...shuffled]).toEqual([['b', 'c'], ['d', 'e'], ['a']]);
    expect([...shuffled]).toEqual([['c', 'd'], ['e', 'a'], ['b']]);
  });

  test('draws nothing without shuffle', () => {
    const stream = rotations();
    expect([...batches(letters, { batchSize: 5, stream })]).toEqual([[...'abcde']]);
    expect(stream.draws).toBe(0);
  });

  test('resumes from any position, through JSON, with the batches that would have come', () => {
    fc.assert(
      fc.property(fc.nat(8), fc.boolean(), (stop, shuffle) => {
        const stream = rotations();
        const whole = batches(letters, { batchSize: 2, shuffle, stream });
        const all: string[][] = [];
        let saved = { position: JSON.stringify(whole.stateDict()), draws: 0 };
        while (whole.epoch < 3) {
          for (const batch of whole) {
            all.push(batch);
            if (all.length !== stop) continue;
            saved = { position: JSON.stringify(whole.stateDict()), draws: stream.draws };
          }
        }
        const later = rotations();
        later.draws = saved.draws;
        const resumed = batches(letters, { batchSize: 2, shuffle, stream: later });
        resumed.loadStateDict(JSON.parse(saved.position));
        const rest: string[][] = [];
        while (resumed.epoch < 3) rest.push(...resumed);
        expect(rest).toEqual(all.slice(stop));
      }),
    );
  });

  test('refuses a position of other data or options, or without a whole order', () => {
    const shuffled = batches(letters, { batchSize: 2, shuffle: true, stream: rotations() });
    shuffled[Symbol.iterator]().next();
    const state = shuffled.stateDict();
    const other = batches(new ArrayDataset([1]), { batchSize: 2 });
    expect(() => other.loadStateDict(state)).toThrow(OptionError);
    expect(() => other.loadStateDict(state)).toThrow(/examples was 5 and is 1; shuffle was true/);
    for (const order of [null, [0, 1, 2, 3], [0, 1, 2, 3, 3], [0, 1, 2, 3, 5]]) {
      expect(() => shuffled.loadStateDict({ ...state, order })).toThrow(/each of 0 … 4 once/);
    }
  });

  test('refuses a batch of zero, shuffle without a stream, and data without a batch', () => {
    expect(() => batches(letters, { batchSize: 0 })).toThrow(OptionError);
    expect(() => batches(letters, { batchSize: 0 })).toThrow(/batchSize must be .* got 0/);
    expect(() => batches(letters, { batchSize: 1, shuffle: true })).toThrow(
      /shuffle needs a stream/,
    );
    expect(() => batches(new ArrayDataset([]), { batchSize: 1 })).toThrow(DataError);
    expect(() => batches(letters, { batchSize: 6, dropLast: true })).toThrow(/dropLast: false/);
  });
});

describe('ArrayDataset', () => {
  test('gives its examples and refuses others', () => {
    expect(letters.length).toBe(5);
    expect(letters.get(4)).toBe('e');
    for (const index of [5, -1, 0.5, Number.NaN]) {
      expect(() => letters.get(index)).toThrow(IndexError);
      expect(() => letters.get(index)).toThrow(`index ${index} is outside 0 … 4`);
    }
  });
});
