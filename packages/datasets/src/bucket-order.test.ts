import { OptionError } from '@unroll/backend';
import { manualSeed, randomStream } from '@unroll/tensor';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { batches } from './batches.ts';
import { ArrayDataset } from './dataset.ts';

beforeEach(() => manualSeed(7));

/** Texts of 1 to 40 steps in an order of no kind. */
const texts = Array.from({ length: 203 }, (_, i) => ({ id: i, steps: 1 + ((i * 17) % 40) }));
const bucketed = (options = {}) =>
  batches(new ArrayDataset(texts), {
    batchSize: 8,
    shuffle: true,
    stream: randomStream('order'),
    bucket: { by: ({ steps }) => steps, batches: 10 },
    ...options,
  });

describe('batches of like length', () => {
  test('hold every example once in each epoch, in another order each time', () => {
    const data = bucketed();
    const [first, second] = [[...data], [...data]].map((all) => all.flat().map(({ id }) => id));
    const sorted = [...first].sort((a, b) => a - b);
    expect(sorted).toEqual(texts.map(({ id }) => id));
    expect([...second].sort((a, b) => a - b)).toEqual(sorted);
    expect(second).not.toEqual(first);
  });

  test('save most of the steps that batches by chance would wait for their longest text', () => {
    const steps = (all: { steps: number }[][]) =>
      all.reduce((sum, batch) => sum + Math.max(...batch.map((text) => text.steps)), 0);
    const needed = texts.reduce((sum, text) => sum + text.steps, 0) / 8;
    expect(steps([...bucketed()])).toBeLessThan(1.2 * needed);
    expect(steps([...bucketed({ bucket: undefined })])).toBeGreaterThan(1.6 * needed);
  });

  test('come in an order that does not go with length, and the last is not of the longest', () => {
    const data = bucketed({ dropLast: true });
    const left = new Map<number, number>();
    let rising = 0;
    for (let epoch = 0; epoch < 200; epoch++) {
      const all = [...data];
      const means = all.map((batch) => batch.reduce((sum, { steps }) => sum + steps, 0) / 8);
      rising += means.filter((mean, i) => i > 0 && mean > means[i - 1]).length;
      const there = new Set(all.flat().map(({ id }) => id));
      for (const { id, steps } of texts) {
        if (!there.has(id)) left.set(steps, (left.get(steps) ?? 0) + 1);
      }
    }
    expect(rising / (200 * 24)).toBeGreaterThan(0.45);
    expect(rising / (200 * 24)).toBeLessThan(0.55);
    const count = [...left.values()].reduce((a, b) => a + b);
    const mean = [...left].reduce((sum, [steps, times]) => sum + steps * times, 0) / count;
    expect(count).toBe(3 * 200);
    expect(Math.abs(mean - 20.5)).toBeLessThan(2); // 4 standard errors of 600 draws
  });

  test('are resumed in the middle of an epoch with those that would have come', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 25 }), (stop) => {
        manualSeed(3);
        const whole = bucketed();
        let saved = '';
        const rest: unknown[] = [];
        for (const batch of whole) {
          if (saved !== '') rest.push(batch);
          if (whole.index === stop) saved = JSON.stringify(whole.stateDict());
        }
        const resumed = bucketed();
        resumed.loadStateDict(JSON.parse(saved));
        expect([...resumed]).toEqual(rest);
      }),
      { numRuns: 20 },
    );
  });

  test('are sorted pieces of the data set’s own order without shuffle', () => {
    const three = new ArrayDataset([5, 2, 4, 3, 1]);
    const bucket = { by: (n: number) => n, batches: 2 };
    expect([...batches(three, { batchSize: 2, bucket })]).toEqual([[2, 3], [4, 5], [1]]);
  });

  test('are refused for a resume without them, and for sizes that are none', () => {
    const state = bucketed().stateDict();
    expect(() => bucketed({ bucket: undefined }).loadStateDict(state)).toThrow(
      'bucketBatches was 10 and is 1',
    );
    const { bucketBatches: _, ...old } = bucketed({ bucket: undefined }).stateDict();
    expect(() => bucketed({ bucket: undefined }).loadStateDict(old as never)).not.toThrow();
    expect(() => bucketed({ bucket: { by: () => 1, batches: 0 } })).toThrow(OptionError);
  });
});
