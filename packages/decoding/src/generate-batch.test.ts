import { DataError, OptionError } from '@unroll/backend';
import { add, full, manualSeed, oneHot, slice, type Tensor, tensor } from '@unroll/tensor';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { oneOf } from './constraint.ts';
import { generate, generateBatch } from './generate.ts';
import type { GenerateBatchOptions } from './generate-options.ts';
import { sampler } from './sampler.ts';

const greedy = sampler({ temperature: 0 });

/** Says the sum of all ids it has read and 1, modulo 10: its state is that sum, a row for each text. */
function summing() {
  const calls: number[][][] = [];
  const model = {
    forward(ids: Tensor, state = { sum: tensor(new Int32Array(ids.shape[0])) }) {
      const [rows, time] = ids.shape;
      const given = ids.dataSync();
      calls.push(
        Array.from({ length: rows }, (_, i) => [...given.subarray(i * time, (i + 1) * time)]),
      );
      const sums = state.sum.dataSync().slice();
      const said = Int32Array.from(given, (id, at) => {
        const row = Math.floor(at / time);
        sums[row] = (sums[row] + id) % 10;
        return (sums[row] + 1) % 10;
      });
      const output = oneHot(tensor(said, { shape: [rows, time] }), 10);
      return { output, state: { sum: tensor(Int32Array.from(sums)) } };
    },
  };
  return { model, calls };
}

type Options = Omit<GenerateBatchOptions<{ sum: Tensor }>, 'prompts'>;

async function alone(prompt: number[], options: Options): Promise<number[]> {
  const out: number[] = [];
  for await (const id of generate(summing().model, { prompt, ...options })) out.push(id);
  return out;
}

async function together(prompts: number[][], options: Options): Promise<number[][]> {
  const out: number[][] = prompts.map(() => []);
  for await (const ids of generateBatch(summing().model, { prompts, ...options })) {
    for (const [i, id] of ids.entries()) if (id !== undefined) out[i].push(id);
  }
  return out;
}

const prompt = fc.array(fc.nat(9), { minLength: 1, maxLength: 6 });
const prompts = fc.array(prompt, { minLength: 1, maxLength: 5 });

test('a batch writes what each of its texts does alone, however long the prompts and the texts are', async () => {
  const rules = fc.record({ length: fc.nat(8), end: fc.option(fc.nat(9), { nil: undefined }) });
  await fc.assert(
    fc.asyncProperty(prompts, rules, async (all, { length, end }) => {
      const options = { length, end, sampler: greedy };
      const expected = await Promise.all(all.map((one) => alone(one, options)));
      expect(await together(all, options)).toEqual(expected);
    }),
  );
});

test('a constraint is followed for each text by itself', async () => {
  const constraint = oneOf([[1, 2, 3], [1, 4], [5]]);
  await fc.assert(
    fc.asyncProperty(prompts, async (all) => {
      const options = { length: 5, constraint, sampler: greedy };
      const expected = await Promise.all(all.map((one) => alone(one, options)));
      const written = await together(all, options);
      expect(written).toEqual(expected);
      for (const text of written) expect(['1,2,3', '1,4', '5']).toContain(text.join());
    }),
  );
});

test('reads what the prompts have in common at once, then each id once, and no more of a text that is over', async () => {
  const { model, calls } = summing();
  const options = {
    prompts: [
      [1, 1],
      [2, 2, 2],
    ],
    length: 3,
    end: 6,
    sampler: greedy,
  };
  const steps: (number | undefined)[][] = [];
  for await (const ids of generateBatch(model, options)) steps.push(ids);
  expect(steps).toEqual([
    [3, undefined],
    [6, 7],
    [undefined, 4],
    [undefined, 8],
  ]);
  expect(calls).toEqual([
    [
      [1, 1],
      [2, 2],
    ],
    [[3], [2]],
    [[7]],
    [[4]],
  ]);
});

test('goes on from a state with a row for each text', async () => {
  const state = { sum: tensor(Int32Array.from([5, 0])) };
  expect(await together([[1], [1]], { length: 1, sampler: greedy, state })).toEqual([[7], [2]]);
});

test('gives the same texts for the same seed, and for one prompt those of generate', async () => {
  const model = {
    forward: (ids: Tensor, state = { last: slice(ids, { axis: 1, to: 1 }) }) => ({
      output: full([...ids.shape, 50], 0),
      state,
    }),
  };
  const run = async (seed: number, all: number[][]) => {
    manualSeed(seed);
    const out: unknown[] = [];
    for await (const ids of generateBatch(model, { prompts: all, length: 10 })) out.push(ids);
    return out;
  };
  expect(await run(3, [[0], [1, 2]])).toEqual(await run(3, [[0], [1, 2]]));
  expect(await run(3, [[0], [1, 2]])).not.toEqual(await run(4, [[0], [1, 2]]));
  const one: unknown[] = [];
  manualSeed(3);
  for await (const id of generate(model, { prompt: [0], length: 10 })) one.push([id]);
  expect(await run(3, [[0]])).toEqual(one);
});

test('refuses an empty prompt by its number, and writes nothing without prompts', async () => {
  const model = { forward: (ids: Tensor) => ({ output: oneHot(add(ids, 1), 9), state: {} }) };
  expect(() => generateBatch(model, { prompts: [[1], []] })).toThrow(
    new DataError('generateBatch', 'prompt 1 is empty; give at least one id to begin with'),
  );
  expect(() => generateBatch(model, { prompts: [[1]], length: 0.5 })).toThrow(OptionError);
  expect(await together([], { length: 3 })).toEqual([]);
});
