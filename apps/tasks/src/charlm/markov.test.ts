import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitMarkov } from './markov.ts';

const folder = new URL('./fixtures/', import.meta.url);
const road = readFileSync(new URL('road.txt', folder), 'utf8');
/** Made by fixtures/markov.py, in exact fractions. */
const expected: { vocabulary: number; unseen: number; nats: number[] } = JSON.parse(
  readFileSync(new URL('markov.json', folder), 'utf8'),
);

/** Ids in order of first appearance in the training part; one id for all characters that it lacks. */
function trainAndRest(): { train: Int32Array; rest: Int32Array; vocabSize: number } {
  const cut = Math.floor((road.length * 9) / 10);
  const characters = [...new Set(road.slice(0, cut))];
  const encode = (text: string) =>
    Int32Array.from(text, (c) =>
      characters.includes(c) ? characters.indexOf(c) : characters.length,
    );
  return {
    train: encode(road.slice(0, cut)),
    rest: encode(road.slice(cut)),
    vocabSize: characters.length + 1,
  };
}

describe('interpolated Witten–Bell models', () => {
  test.each([0, 1, 2])(
    'of order %i give the figures of the exact computation in Python',
    (order) => {
      const { train, rest, vocabSize } = trainAndRest();
      expect(vocabSize).toBe(expected.vocabulary);
      expect([...rest].filter((id) => id === vocabSize - 1)).toHaveLength(expected.unseen);
      const markov = fitMarkov(train, { order, vocabSize });
      expect(Math.abs(markov.nats(rest) - expected.nats[order])).toBeLessThan(1e-12);
    },
  );

  test('the figures of the text beside the test stay what they are', () => {
    const { train, rest, vocabSize } = trainAndRest();
    const nats = [0, 1, 2].map((order) =>
      fitMarkov(train, { order, vocabSize }).nats(rest).toFixed(4),
    );
    expect(nats).toEqual(['2.9490', '2.3990', '2.0528']);
  });

  test('a character that follows two different ones once each has the probability of the formula', () => {
    const markov = fitMarkov(Int32Array.from([0, 1, 0, 2]), { order: 1, vocabSize: 4 });
    const zeroOrder = (n: number) => (n + 3 / 4) / (4 + 3);
    expect(markov.probability(1, [0])).toBeCloseTo((1 + 2 * zeroOrder(1)) / (2 + 2), 15);
    expect(markov.probability(3, [0])).toBeCloseTo((2 * zeroOrder(0)) / (2 + 2), 15);
  });

  test('a context never seen leaves everything to the shorter one', () => {
    const markov = fitMarkov(Int32Array.from([0, 1, 0, 1, 2]), { order: 2, vocabSize: 4 });
    expect(markov.probability(1, [3, 0])).toBe(markov.probability(1, [0]));
    expect(markov.probability(1, [3, 3])).toBe(markov.probability(1, []));
  });

  test('probabilities are above zero and sum to one after any context', () => {
    const id = fc.nat(4);
    const ids = fc.array(id, { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(ids, fc.nat(3), fc.array(id, { maxLength: 4 }), (train, order, before) => {
        const markov = fitMarkov(train, { order, vocabSize: 5 });
        const all = [0, 1, 2, 3, 4].map((each) => markov.probability(each, before));
        expect(Math.min(...all)).toBeGreaterThan(0);
        expect(all.reduce((sum, p) => sum + p)).toBeCloseTo(1, 12);
      }),
    );
  });

  test('no ids to fit to, and nothing to score, are errors', () => {
    expect(() => fitMarkov([], { order: 1, vocabSize: 3 })).toThrow('fitMarkov: there are no ids');
    expect(() => fitMarkov([0], { order: 1, vocabSize: 3 }).nats([0])).toThrow('at least two ids');
  });
});
