import { DataError, NumericError, OptionError, ShapeError } from '@unroll/backend';
import { Sequence, tensor } from '@unroll/tensor';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { viterbi, viterbiNBest } from './viterbi.ts';

const score = fc.oneof(
  { weight: 5, arbitrary: fc.double({ min: -3, max: 3, noNaN: true }) },
  { weight: 1, arbitrary: fc.constant(-Infinity) },
);
const row = fc.array(score, { minLength: 3, maxLength: 3 });
const drawn = fc.record({
  emissions: fc.array(fc.array(row, { minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: 3,
  }),
  T: fc.array(row, { minLength: 3, maxLength: 3 }),
  start: row,
  end: row,
  n: fc.integer({ min: 1, max: 6 }),
});

test('the n best tags are the best of all there are', async () => {
  await fc.assert(
    fc.asyncProperty(drawn, async ({ emissions, T, start, end, n }) => {
      const options = { dtype: 'float64' } as const;
      const [transitions, first, last] = [T, start, end].map((x) => tensor(x, options));
      const scores = { transitions, start: first, end: last };
      const expected = emissions.map((rows) => {
        let paths = [0, 1, 2].map((tag) => ({ tags: [tag], score: start[tag] + rows[0][tag] }));
        for (const e of rows.slice(1)) {
          paths = paths.flatMap(({ tags, score }) =>
            [0, 1, 2].map((tag) => ({
              tags: [...tags, tag],
              score: score + T[tags[tags.length - 1]][tag] + e[tag],
            })),
          );
        }
        return paths
          .map(({ tags, score }) => ({ tags, score: score + end[tags[tags.length - 1]] }))
          .filter(({ score }) => score > -Infinity)
          .sort((a, b) => b.score - a.score)
          .slice(0, n);
      });
      const found = viterbiNBest(Sequence.fromArrays(emissions, options), scores, n);
      if (expected.some(({ length }) => length === 0)) {
        await expect(found).rejects.toThrow(DataError);
        return;
      }
      for (const [i, paths] of (await found).entries()) {
        expect(paths.map(({ score }) => score.toFixed(9))).toEqual(
          expected[i].map(({ score }) => score.toFixed(9)),
        );
        expect(new Set(paths.map(({ tags }) => tags.join(' '))).size).toBe(paths.length);
        const equals = expected[i].filter(({ score }) => score > expected[i][0].score - 1e-9);
        if (equals.length < n) {
          expect(equals.map(({ tags }) => tags.join(' '))).toContain(paths[0].tags.join(' '));
        }
      }
    }),
    { numRuns: 80, seed: 5 },
  );
});

test('the best tags obey the scores of neighbours', async () => {
  const emissions = Sequence.fromArrays([
    [
      [1, 0.9],
      [1, 0.95],
    ],
    [[0, 1]],
  ]);
  const zero = tensor([0, 0]);
  const scores = {
    transitions: tensor([
      [-5, 0],
      [0, 0],
    ]),
    start: zero,
    end: zero,
  };
  const found = await viterbi(emissions, scores);
  expect(found.map(({ tags }) => tags)).toEqual([[0, 1], [1]]);
});

test('what cannot be is refused', async () => {
  const x = Sequence.fromArrays([[[0, 0]]]);
  const zero = tensor([0, 0]);
  const scores = {
    transitions: tensor([
      [0, 0],
      [0, 0],
    ]),
    start: zero,
    end: zero,
  };
  await expect(viterbiNBest(x, scores, 0)).rejects.toThrow(OptionError);
  await expect(viterbi(x, { ...scores, end: tensor([0]) })).rejects.toThrow(ShapeError);
  await expect(viterbi(x, { ...scores, end: tensor([NaN, 0]) })).rejects.toThrow(NumericError);
  const never = tensor([-Infinity, -Infinity]);
  await expect(viterbi(x, { ...scores, start: never })).rejects.toThrow(
    'no tags at all are allowed',
  );
});
