import { NumericError, OptionError } from '@unroll/backend';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { probabilities } from './probabilities.ts';

const logits = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), {
  minLength: 1,
  maxLength: 7,
});

/** Everything by definition, from all subsets of tokens. */
function bySubsets(values: readonly number[], topK: number, topP: number): Set<number> {
  const weights = values.map((x) => Math.exp(x - Math.max(...values)));
  const ahead = (a: number, b: number) =>
    values[a] > values[b] || (values[a] === values[b] && a < b);
  const rank = (id: number) => values.filter((_, other) => ahead(other, id)).length;
  const kept = [...values.keys()].filter((id) => rank(id) < topK);
  const total = kept.reduce((sum, id) => sum + weights[id], 0);
  // A token stays while the likelier ones do not cover the share yet.
  const before = (id: number) =>
    kept
      .filter((other) => ahead(other, id))
      .sort((a, b) => (ahead(a, b) ? -1 : 1))
      .reduce((sum, other) => sum + weights[other], 0);
  return new Set(kept.filter((id) => topP === 1 || before(id) < topP * total - 1e-12 * total));
}

describe('probabilities', () => {
  test('are the softmax of the scores over the temperature', () => {
    fc.assert(
      fc.property(logits, fc.double({ min: 0.1, max: 10, noNaN: true }), (values, temperature) => {
        const weights = values.map((x) => Math.exp(x / temperature));
        const total = weights.reduce((a, b) => a + b, 0);
        const found = probabilities(values, { temperature });
        for (const [i, weight] of weights.entries())
          expect(found[i]).toBeCloseTo(weight / total, 12);
      }),
    );
  });

  test('stay for the tokens of topK and topP alone, in their old proportions', () => {
    const cases = fc.tuple(
      fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 7 }),
      fc.integer({ min: 1, max: 8 }),
      fc.constantFrom(0.05, 0.31, 0.52, 0.77, 0.93, 1),
    );
    fc.assert(
      fc.property(cases, ([values, topK, topP]) => {
        const found = probabilities(values, { topK, topP });
        const kept = bySubsets(values, topK, topP);
        expect(new Set([...found.keys()].filter((id) => found[id] > 0))).toEqual(kept);
        const total = [...kept].reduce((sum, id) => sum + Math.exp(values[id]), 0);
        for (const id of kept) expect(found[id]).toBeCloseTo(Math.exp(values[id]) / total, 12);
      }),
    );
  });

  test('are one for the first of the likeliest with temperature 0', () => {
    expect([...probabilities([1, 3, 3, 2], { temperature: 0 })]).toEqual([0, 1, 0, 0]);
    expect([...probabilities([-9, -Infinity], { temperature: 0 })]).toEqual([1, 0]);
  });

  test('stay for tokens at least minP times as likely as the likeliest', () => {
    const found = probabilities([Math.log(8), Math.log(4), Math.log(2), 0], { minP: 0.3 });
    expect([...found].map((p) => Math.round(p * 1e9) / 1e9)).toEqual([
      0.666666667, 0.333333333, 0, 0,
    ]);
    expect([...probabilities([1, 1, 0], { minP: 1 })]).toEqual([0.5, 0.5, 0]);
    expect([...probabilities([2, 1.9, 1.8, -9], { minP: 0.5, topK: 1 })]).toEqual([1, 0, 0, 0]);
  });

  test('fall for what was there before, whatever the sign of its score', () => {
    const found = probabilities([2, -2, 0.5], { repetitionPenalty: 4 }, [0, 1, 0, 99]);
    const expected = probabilities([0.5, -8, 0.5]);
    expect([...found]).toEqual([...expected]);
    const greedy = { temperature: 0, repetitionPenalty: 2 };
    expect([...probabilities([3, 2], greedy, [0])]).toEqual([0, 1]);
  });

  test('bear scores and temperatures far from 1', () => {
    expect([...probabilities([10000, -10000, 10000])]).toEqual([0.5, 0, 0.5]);
    expect([...probabilities([1, 2], { temperature: 1e-300 })]).toEqual([0, 1]);
    expect([...probabilities([1, 2], { temperature: 1e300 })]).toEqual([0.5, 0.5]);
  });

  test('are 0 for excluded tokens and for −Infinity', () => {
    expect([...probabilities([0, 5, 0, -Infinity], { exclude: [1, 99] })]).toEqual([
      0.5, 0, 0.5, 0,
    ]);
    expect([...probabilities([0, 5, 0], { exclude: [1], temperature: 0 })]).toEqual([1, 0, 0]);
    expect([...probabilities([0, -Infinity], { topK: 2 })]).toEqual([1, 0]);
  });

  test('refuse scores that leave nothing to choose', () => {
    for (const values of [[NaN, NaN], [1, NaN], [Infinity, 0], [-Infinity], []]) {
      expect(() => probabilities(values)).toThrow(NumericError);
    }
    expect(() => probabilities([1, 2], { exclude: [0, 1] })).toThrow(
      'none of the 2 tokens can come',
    );
    expect(() => probabilities([NaN], { temperature: 0 })).toThrow('the score of token 0 is NaN');
  });

  test('list all options that are out of range in one error', () => {
    expect(() => probabilities([1], { minP: 2, repetitionPenalty: 0 })).toThrow(
      'minP must be in [0, 1]; got 2; repetitionPenalty must be a number > 0; got 0',
    );
    const options = { temperature: -1, topK: 0, topP: 1.5, exclude: [-1], heat: 3 };
    expect(() => probabilities([1], options)).toThrow(OptionError);
    expect(() => probabilities([1], options)).toThrow(
      "probabilities: there is no option 'heat' (there are temperature, topK, topP, minP, repetitionPenalty, exclude); temperature must be a number ≥ 0; got -1; topK must be a whole number of at least 1; got 0; topP must be in (0, 1]; got 1.5; exclude must list ids; got -1",
    );
    for (const topP of [0, NaN, -0.1]) expect(() => probabilities([1], { topP })).toThrow('topP');
    for (const temperature of [NaN, Infinity]) {
      expect(() => probabilities([1], { temperature })).toThrow('temperature');
    }
  });
});
