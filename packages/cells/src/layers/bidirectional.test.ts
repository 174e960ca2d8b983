import { OptionError } from '@unroll/backend';
import {
  add,
  concat,
  flip,
  grad,
  gradcheck,
  manualSeed,
  mul,
  randomStream,
  Sequence,
  sum,
  type Tensor,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { MergeMode } from './layer.ts';
import { GRU, LSTM } from './layers.ts';

beforeEach(() => manualSeed(7));

const sizes = { inputSize: 2, hiddenSize: 3, dtype: 'float64', bidirectional: true } as const;
const draw = (...shape: number[]) =>
  randomStream('bidirectional.test').normal(shape, { dtype: 'float64' });

/** What each mode is, on the outputs of both directions. */
const definitions: Record<Exclude<MergeMode, 'none'>, (a: Tensor, b: Tensor) => Tensor> = {
  concat: (a, b) => concat([a, b], { axis: 2 }),
  sum: (a, b) => add(a, b),
  mul: (a, b) => mul(a, b),
  average: (a, b) => mul(add(a, b), 0.5),
};

describe.each(Object.entries(definitions))('mergeMode %s', (mode, merged) => {
  const mergeMode = mode as MergeMode;

  test('puts together a layer and one that reads the sequence turned around: outputs and gradients', () => {
    const both = new LSTM({ ...sizes, mergeMode });
    const [ahead, back] = ['0', '0.backward'].map((path) => {
      const one = new LSTM({ ...sizes, bidirectional: false });
      const weights = Object.entries(both.stateDict()).filter(([name]) =>
        new RegExp(`^${path}\\.[WUb]$`).test(name),
      );
      one.loadStateDict(Object.fromEntries(weights.map(([name, w]) => [`0.${name.at(-1)}`, w])));
      return one;
    });
    const x = draw(3, 5, 2);
    const ours = both.forward(x).output;
    const turned = flip(back.forward(flip(x, { axis: 1 })).output, { axis: 1 });
    const theirs = merged(ahead.forward(x).output, turned);
    expectClose(ours, theirs, 1e-12);
    expect(both.outputSize).toBe(ours.shape[2]);
    const mine = grad(sum(mul(ours, ours)), both.parameters());
    const parts = [...ahead.parameters(), ...back.parameters()];
    const expected = grad(sum(mul(theirs, theirs)), parts);
    for (const [i, gradient] of mine.entries()) expectClose(gradient, expected[i], 1e-12);
  });

  test('gives each sequence of a ragged batch what it gives it alone', () => {
    const layer = new GRU({ ...sizes, mergeMode, numLayers: 2 });
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 }),
        (lengths) => {
          const parts = lengths.map((length) => draw(length, 2));
          const { output, state } = layer.forward(Sequence.fromArrays(parts));
          const together = output.toTensors();
          for (const [i, part] of parts.entries()) {
            const alone = layer.forward(Sequence.fromArrays([part]));
            expectClose(together[i], alone.output.rows, 1e-12);
            const final = (s: typeof state) => s[1].backward?.h.dataSync();
            const own = final(state)?.slice(3 * i, 3 * i + 3);
            expect(own).toEqual(final(alone.state));
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test('has the gradients that differences say', () => {
    const layer = new GRU({ ...sizes, mergeMode, numLayers: 2 });
    gradcheck((x) => layer.forward(Sequence.fromBatch(x, [2, 4, 1])).output.rows, [draw(3, 4, 2)]);
  });
});

test('mergeMode none gives the outputs of both directions apart, at the same steps', () => {
  const apart = new LSTM({ ...sizes, mergeMode: 'none' });
  const together = new LSTM(sizes);
  together.loadStateDict(apart.stateDict());
  const x = draw(2, 4, 2);
  const { output, backward } = apart.forward(x);
  expect(backward).toBeDefined();
  expectClose(concat([output, backward as Tensor], { axis: 2 }), together.forward(x).output, 0);
  expect(together.forward(x).backward).toBeUndefined();
  const ragged = apart.forward(Sequence.fromBatch(x, [4, 1]));
  expect(ragged.backward?.lengths).toEqual([4, 1]);
});

test('merge modes that do not exist or cannot be are refused', () => {
  const build = (options: object) => () => new GRU({ ...sizes, ...options });
  expect(build({ mergeMode: 'ave' })).toThrow(OptionError);
  expect(build({ mergeMode: 'ave' })).toThrow(
    "GRU: mergeMode must be one of 'concat', 'sum', 'mul', 'average', 'none'; got ave",
  );
  expect(build({ mergeMode: 'sum', bidirectional: false })).toThrow(
    "mergeMode 'sum' needs bidirectional: true",
  );
  expect(build({ mergeMode: 'none', numLayers: 2 })).toThrow(/'none' needs numLayers 1/);
});
