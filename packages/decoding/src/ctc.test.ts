import { NumericError, OptionError } from '@unroll/backend';
import { Sequence } from '@unroll/tensor';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ctcGreedy, ctcPrefixBeam } from './ctc.ts';
import { logProbabilities } from './log-softmax.ts';

const row = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 3, maxLength: 3 });
const batch = fc.array(fc.array(row, { minLength: 1, maxLength: 4 }), {
  minLength: 1,
  maxLength: 3,
});

/** Every path with its log-probability, and what it says. */
function allPaths(rows: readonly (readonly number[])[]) {
  let paths: { path: number[]; score: number }[] = [{ path: [], score: 0 }];
  for (const scores of rows) {
    const logY = logProbabilities('test', scores);
    paths = paths.flatMap(({ path, score }) =>
      Array.from(logY, (y, k) => ({ path: [...path, k], score: score + y })),
    );
  }
  return paths.map(({ path, score }) => ({
    score,
    ids: path.filter((k, t) => k !== 0 && k !== path[t - 1]).join(' '),
  }));
}

test('greedy decoding says what the likeliest of all paths says', async () => {
  await fc.assert(
    fc.asyncProperty(batch, async (sequences) => {
      const found = await ctcGreedy(Sequence.fromArrays(sequences, { dtype: 'float64' }));
      for (const [i, rows] of sequences.entries()) {
        const paths = allPaths(rows).sort((a, b) => b.score - a.score);
        const [best] = paths;
        expect(found[i].score).toBeCloseTo(best.score, 10);
        const equals = paths.filter(({ score }) => score > best.score - 1e-9);
        expect(equals.map(({ ids }) => ids)).toContain(found[i].ids.join(' '));
      }
    }),
    { numRuns: 40, seed: 2 },
  );
});

test('a beam of all prefixes gives the likeliest labels with their probabilities over all paths', async () => {
  await fc.assert(
    fc.asyncProperty(batch, async (sequences) => {
      const logits = Sequence.fromArrays(sequences, { dtype: 'float64' });
      const found = await ctcPrefixBeam(logits, { width: 200, nBest: 4 });
      for (const [i, rows] of sequences.entries()) {
        const masses = new Map<string, number>();
        for (const { ids, score } of allPaths(rows)) {
          masses.set(ids, (masses.get(ids) ?? 0) + Math.exp(score));
        }
        const expected = [...masses].sort(([, a], [, b]) => b - a).slice(0, 4);
        expect(found[i].length).toBe(expected.length);
        for (const [n, [, mass]] of expected.entries()) {
          expect(Math.exp(found[i][n].score)).toBeCloseTo(mass, 10);
          expect(masses.get(found[i][n].ids.join(' '))).toBeCloseTo(mass, 10);
        }
      }
    }),
    { numRuns: 40, seed: 2 },
  );
});

test('a narrow beam, another blank, and classes that cannot come', async () => {
  const logits = Sequence.fromArrays([
    [
      [0.1, 0],
      [0.1, 0],
    ],
  ]);
  const [[wide]] = await ctcPrefixBeam(logits, { width: 4 });
  expect(wide.ids).toEqual([1]);
  const [narrow] = await ctcPrefixBeam(logits, { width: 1 });
  expect(narrow.map(({ ids }) => ids)).toEqual([[]]);
  expect((await ctcGreedy(logits, { blank: 1 }))[0].ids).toEqual([0]);
  const ruled = Sequence.fromArrays([
    [
      [-Infinity, 0],
      [0, -Infinity],
    ],
  ]);
  expect(await ctcPrefixBeam(ruled, { width: 9, nBest: 9 })).toEqual([[{ ids: [1], score: 0 }]]);
});

test('scores that hold NaN and options that cannot be are refused', async () => {
  const logits = Sequence.fromArrays([[[0, NaN]]]);
  await expect(ctcGreedy(logits)).rejects.toThrow(NumericError);
  await expect(ctcPrefixBeam(logits)).rejects.toThrow(NumericError);
  await expect(ctcGreedy(logits, { blank: 2 })).rejects.toThrow(OptionError);
  await expect(ctcPrefixBeam(logits, { width: 2, nBest: 3 })).rejects.toThrow(
    'nBest must be at most width',
  );
  await expect(ctcPrefixBeam(logits, { width: 0 })).rejects.toThrow(OptionError);
});
