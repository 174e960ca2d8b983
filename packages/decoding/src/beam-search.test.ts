import { DataError, NumericError, OptionError } from '@unroll/backend';
import {
  add,
  concat,
  manualSeed,
  mul,
  randomStream,
  reshape,
  type Tensor,
  tensor,
  unsqueeze,
} from '@unroll/tensor';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { BeamSearchOptions } from './beam-options.ts';
import { beamSearch, beamSteps } from './beam-search.ts';
import { oneOf } from './constraint.ts';
import { scoreOf } from './hypothesis.ts';
import { logProbabilities } from './log-softmax.ts';
import type { SequenceModel } from './sequence-model.ts';

beforeEach(() => manualSeed(2));

type State = { readonly hash: Tensor };

/** Scores that depend on everything that was read: a table of numbers, found by a hash of the ids. */
function scoresAfter(ids: readonly number[], classes: number): number[] {
  const hash = ids.reduce((h, id) => (h * 31 + id + 7) % 997, 1);
  return Array.from({ length: classes }, (_, k) => ((hash * (k + 3) * 17) % 101) / 25);
}

/** A model of that kind, whose state is the hash; it says how many rows and steps it was asked for. */
function hashing(classes: number) {
  const calls: number[][] = [];
  const model: SequenceModel<State> = {
    forward(ids, state) {
      const [batch, time] = ids.shape;
      calls.push([batch, time]);
      const values = ids.dataSync();
      const before = state?.hash.dataSync();
      const hashes = Array.from({ length: batch }, (_, b) => before?.[b] ?? 1);
      const rows = Array.from({ length: batch }, (_, b) =>
        Array.from({ length: time }, (_, t) => {
          hashes[b] = (hashes[b] * 31 + values[b * time + t] + 7) % 997;
          const h = hashes[b];
          return Array.from({ length: classes }, (_, k) => ((h * (k + 3) * 17) % 101) / 25);
        }),
      );
      return { output: tensor(rows), state: { hash: tensor(hashes) } };
    },
  };
  return { model, calls };
}

interface Found {
  ids: number[];
  logProbability: number;
  score: number;
}

/** All texts there are, with their scores: those that end, and those that the length cuts off. */
function allTexts(prompt: number[], classes: number, options: BeamSearchOptions): Found[] {
  const { length, end, lengthPenalty = 0, coveragePenalty = 0 } = options;
  const penalties = { lengthPenalty, coveragePenalty };
  const out: Found[] = [];
  const walk = (ids: number[], logProbability: number) => {
    const put = (p: number, n: number) =>
      out.push({ ids, logProbability: p, score: scoreOf(p, n, undefined, penalties) });
    if (ids.length === length) {
      put(logProbability, ids.length);
      return;
    }
    const logP = logProbabilities('test', scoresAfter([...prompt, ...ids], classes));
    for (const [id, p] of logP.entries()) {
      if (id === end) put(logProbability + p, ids.length + 1);
      else walk([...ids, id], logProbability + p);
    }
  };
  walk([], 0);
  return out.sort((a, b) => b.score - a.score);
}

describe('a beam search', () => {
  test('that is wide enough finds the best of all texts, for each of a batch', async () => {
    const drawn = fc.record({
      classes: fc.integer({ min: 2, max: 3 }),
      length: fc.integer({ min: 1, max: 4 }),
      prompts: fc.array(fc.tuple(fc.nat(1), fc.nat(1)), { minLength: 1, maxLength: 3 }),
      hasEnd: fc.boolean(),
      lengthPenalty: fc.constantFrom(0, 0.7, 2),
      nBest: fc.integer({ min: 1, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(drawn, async ({ classes, prompts, hasEnd, ...rest }) => {
        const options = { prompts, width: 81, ...rest, ...(hasEnd ? { end: 1 } : {}) };
        const found = await beamSearch(hashing(classes).model, options);
        for (const [i, prompt] of prompts.entries()) {
          const expected = allTexts([...prompt], classes, options).slice(0, rest.nBest);
          expect(found[i].length).toBe(expected.length);
          for (const [n, { score, logProbability }] of expected.entries()) {
            expect(found[i][n].score).toBeCloseTo(score, 4);
            expect(found[i][n].logProbability).toBeLessThanOrEqual(0);
            if (n === 0) expect(found[i][0].logProbability).toBeCloseTo(logProbability, 4);
          }
        }
      }),
      { numRuns: 40, seed: 6 },
    );
  });

  test('of width 1 is greedy, and reads each id once', async () => {
    const { model, calls } = hashing(5);
    const [[{ ids }]] = await beamSearch(model, { prompts: [[3, 1, 4]], length: 4, width: 1 });
    const expected: number[] = [];
    for (let i = 0; i < 4; i++) {
      const scores = scoresAfter([3, 1, 4, ...expected], 5);
      expected.push(scores.indexOf(Math.max(...scores)));
    }
    expect(ids).toEqual(expected);
    expect(calls).toEqual([
      [1, 3],
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
  });

  test('streams the best so far, and its last step is the result', async () => {
    const options = { prompts: [[0]], length: 3, width: 3, nBest: 2 };
    const seen: number[] = [];
    let last: unknown;
    for await (const found of beamSteps(hashing(4).model, options)) {
      seen.push(found[0][0].ids.length);
      last = found;
    }
    expect(seen).toEqual([1, 2, 3]);
    expect(last).toEqual(await beamSearch(hashing(4).model, options));
  });

  test('wider than the vocabulary follows what there is, and gives what is possible', async () => {
    const { model } = hashing(2);
    const [found] = await beamSearch(model, { prompts: [[0]], length: 1, width: 9, nBest: 9 });
    expect(found.map(({ ids }) => ids[0]).sort()).toEqual([0, 1]);
  });

  test('keeps to a constraint, and knows when that has ended', async () => {
    const lists = [[2, 2], [2, 2, 0], [1]];
    const options = { prompts: [[0]], length: 5, width: 9, nBest: 9, constraint: oneOf(lists) };
    const [found] = await beamSearch(hashing(4).model, { ...options, end: 3 });
    expect(found.map(({ ids }) => ids.join(' ')).sort()).toEqual(['1', '2 2', '2 2 0']);
    expect(found.every(({ ended }) => ended)).toBe(true);
    const [open] = await beamSearch(hashing(4).model, options);
    expect(open.map(({ ids }) => ids.join(' ')).sort()).toEqual(['1', '2 2 0']);
  });

  test('prefers with a coverage penalty what looks at all of the source', async () => {
    // Two ids: the first looks at the first source step again and again, the second at both.
    const looking: SequenceModel<State> & { looks: (r: { state: State }) => Tensor } = {
      forward(ids) {
        const rows = mul(reshape(ids, [ids.size]), 0);
        return {
          output: unsqueeze(add(reshape(rows, [ids.size, 1]), tensor([[0.1, 0]])), { axis: 1 }),
          state: { hash: ids },
        };
      },
      looks: ({ state: { hash } }) => {
        const second = mul(reshape(hash, [hash.size, 1, 1]), tensor([0.5]));
        return concat([add(mul(second, -1), 1), second], { axis: 2 });
      },
    };
    const options = { prompts: [[0]], length: 3, width: 8 };
    const [[plain]] = await beamSearch(looking, options);
    expect(plain.ids).toEqual([0, 0, 0]);
    const attention = looking.looks;
    const [[covering]] = await beamSearch(looking, { ...options, coveragePenalty: 2, attention });
    expect(covering.ids.slice(0, 2)).toEqual([1, 1]);
  });

  test('refuses what cannot be searched', async () => {
    const { model } = hashing(3);
    const search = (options: object) =>
      beamSearch(model, { prompts: [[0]], length: 2, ...options });
    await expect(search({ width: 0 })).rejects.toThrow(OptionError);
    await expect(search({ width: 1, nBest: 2 })).rejects.toThrow(
      'nBest must be at most width; got 2 and 1',
    );
    await expect(search({ coveragePenalty: 1 })).rejects.toThrow('needs attention');
    await expect(search({ prompts: [] })).rejects.toThrow(DataError);
    await expect(search({ prompts: [[0], [1, 2]] })).rejects.toThrow(
      'prompts must have one length; got 1 and 2',
    );
    await expect(search({ constraint: oneOf([[7]]) })).rejects.toThrow(
      'all continuations are forbidden',
    );
    const made = (value: number): SequenceModel<State> => ({
      forward: (ids) => ({ output: tensor([[[value, value]]]), state: { hash: ids } }),
    });
    await expect(beamSearch(made(-Infinity), { prompts: [[0]], length: 1 })).rejects.toThrow(
      DataError,
    );
    await expect(beamSearch(made(NaN), { prompts: [[0]], length: 1 })).rejects.toThrow(
      NumericError,
    );
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(search({ signal })).rejects.toThrow('enough');
  });
});

test('the stream of draws is left alone', async () => {
  const before = randomStream('sampling').next();
  manualSeed(2);
  await beamSearch(hashing(3).model, { prompts: [[0]], length: 2 });
  expect(randomStream('sampling').next()).toBe(before);
});
