import { DataError, OptionError } from '@unroll/backend';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ContiguousWindows,
  contiguousWindows,
  type WindowBatch,
} from './contiguous-windows.ts';

/** Ids that say where they stand. */
const upTo = (length: number) => Int32Array.from({ length }, (_, i) => i);

/** A batch as nested arrays. */
function rowsOf({ input, target, steps }: WindowBatch): { input: number[][]; target: number[][] } {
  const nest = (values: ArrayLike<number>) =>
    Array.from({ length: values.length / steps }, (_, row) =>
      Array.from({ length: steps }, (_, step) => values[row * steps + step]),
    );
  return { input: nest(input.dataSync()), target: nest(target.dataSync()) };
}

const epoch = (windows: ContiguousWindows) => [...windows].map(rowsOf);

const sizes = fc.record({
  length: fc.integer({ min: 2, max: 120 }),
  batchSize: fc.integer({ min: 1, max: 9 }),
  window: fc.integer({ min: 1, max: 12 }),
});

describe('contiguousWindows', () => {
  test('lays a text in rows that are read side by side', () => {
    const windows = contiguousWindows(upTo(14), { batchSize: 2, window: 3 });
    expect(windows.length).toBe(2);
    expect(windows.predictions).toBe(12);
    const batches = [...windows];
    expect(batches.map(({ first }) => first)).toEqual([true, false]);
    expect(batches.map(({ input }) => [input.dtype, input.shape])).toEqual([
      ['int32', [2, 3]],
      ['int32', [2, 3]],
    ]);
    expect(batches.map(rowsOf)).toEqual([
      {
        input: [
          [0, 1, 2],
          [6, 7, 8],
        ],
        target: [
          [1, 2, 3],
          [7, 8, 9],
        ],
      },
      {
        input: [
          [3, 4, 5],
          [9, 10, 11],
        ],
        target: [
          [4, 5, 6],
          [10, 11, 12],
        ],
      },
    ]);
  });

  test('keeps the ragged end in smaller batches when asked', () => {
    const windows = contiguousWindows(upTo(12), { batchSize: 2, window: 3, tail: 'keep' });
    expect(epoch(windows)).toEqual([
      {
        input: [
          [0, 1, 2],
          [6, 7, 8],
        ],
        target: [
          [1, 2, 3],
          [7, 8, 9],
        ],
      },
      {
        input: [
          [3, 4],
          [9, 10],
        ],
        target: [
          [4, 5],
          [10, 11],
        ],
      },
      { input: [[5]], target: [[6]] },
    ]);
  });

  test('predicts every id but the first exactly once in an epoch with tail keep', () => {
    fc.assert(
      fc.property(sizes, ({ length, ...options }) => {
        const windows = contiguousWindows(upTo(length), { ...options, tail: 'keep' });
        const targets = epoch(windows).flatMap(({ target }) => target.flat());
        expect(targets.sort((a, b) => a - b)).toEqual([...upTo(length)].slice(1));
        expect(windows.predictions).toBe(length - 1);
      }),
    );
  });

  test('predicts no id twice with tail drop, in full windows only, and leaves out less than one batch and its rest', () => {
    fc.assert(
      fc.property(sizes, ({ length, batchSize, window }) => {
        fc.pre(length > batchSize * window);
        const windows = contiguousWindows(upTo(length), { batchSize, window });
        const batches = [...windows];
        for (const { input, target } of batches) {
          expect([input.shape, target.shape]).toEqual(Array(2).fill([batchSize, window]));
        }
        const targets = batches.flatMap((batch) => rowsOf(batch).target.flat());
        expect(new Set(targets).size).toBe(targets.length);
        expect(targets.length).toBe(windows.predictions);
        expect(length - 1 - targets.length).toBeLessThan(batchSize * window + batchSize);
      }),
    );
  });

  test('continues row i of a batch in row i of the next, each target being the next id', () => {
    fc.assert(
      fc.property(sizes, fc.constantFrom('drop' as const, 'keep' as const), (size, tail) => {
        const { length, batchSize, window } = size;
        fc.pre(tail === 'keep' || length > batchSize * window);
        let before: number[] | undefined;
        for (const batch of contiguousWindows(upTo(length), { batchSize, window, tail })) {
          const { input, target } = rowsOf(batch);
          expect(batch.first).toBe(before === undefined);
          expect(batch.rows).toBe(input.length);
          expect(batch.rows).toBeLessThanOrEqual(before?.length ?? batchSize);
          for (let row = 0; row < batch.rows; row++) {
            if (before) expect(input[row][0]).toBe(before[row]);
            expect(target[row]).toEqual(input[row].map((id) => id + 1));
            expect(input[row]).toEqual(input[row].map((_, step) => input[row][0] + step));
          }
          before = target.map((ids) => ids[batch.steps - 1]);
        }
      }),
    );
  });

  test('goes through the same windows in every epoch', () => {
    const windows = contiguousWindows(upTo(40), { batchSize: 3, window: 4 });
    const first = epoch(windows);
    expect([windows.epoch, windows.index]).toEqual([1, 0]);
    expect(epoch(windows)).toEqual(first);
    expect(windows.epoch).toBe(2);
  });

  test('resumes from any position, through JSON, with the batches that would have come', () => {
    const options = { batchSize: 2, window: 4, tail: 'keep' } as const;
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 60 }), fc.nat(40), (length, stop) => {
        const whole = contiguousWindows(upTo(length), options);
        const log: unknown[] = [];
        let saved = JSON.stringify(whole.stateDict());
        let seen = 0;
        runTo(3, whole, (entry) => {
          log.push(entry);
          if (log.length > stop || typeof entry === 'string') return;
          saved = JSON.stringify(whole.stateDict());
          seen = log.length;
        });
        const resumed = contiguousWindows(upTo(length), options);
        resumed.loadStateDict(JSON.parse(saved));
        const rest: unknown[] = [];
        runTo(3, resumed, (entry) => rest.push(entry));
        expect(rest).toEqual(log.slice(seen));
      }),
    );
  });

  test('refuses a position of other data or options, listing all that differs', () => {
    const state = contiguousWindows(upTo(50), { batchSize: 2, window: 4 }).stateDict();
    const other = contiguousWindows(upTo(50).reverse(), { batchSize: 3, window: 4 });
    expect(() => other.loadStateDict(state)).toThrow(OptionError);
    expect(() => other.loadStateDict(state)).toThrow(
      /checksum was \d+ and is \d+; batchSize was 2 and/,
    );
    const same = contiguousWindows(upTo(50), { batchSize: 2, window: 4 });
    for (const broken of [{ index: 7 }, { index: -1 }, { index: 0.5 }, { epoch: null as never }]) {
      expect(() => same.loadStateDict({ ...state, ...broken })).toThrow(OptionError);
    }
    expect(() => same.loadStateDict(null as never)).toThrow(/ids was undefined and is 50/);
    expect([same.epoch, same.index]).toEqual([0, 0]);
  });

  test.each([
    ['a batch of zero', 9, { batchSize: 0, window: 2 }, OptionError, /batchSize must be .* got 0/],
    ['a window of zero', 9, { batchSize: 1, window: 0 }, OptionError, /window must be .* got 0/],
    ['half a window', 9, { batchSize: 1, window: 0.5 }, OptionError, /window must be a whole/],
    [
      'an unknown tail',
      9,
      { batchSize: 1, window: 2, tail: 'pad' as never },
      OptionError,
      /got pad/,
    ],
    ['an empty text', 0, { batchSize: 1, window: 2 }, DataError, /is the text empty/],
    [
      'an empty text, kept',
      0,
      { batchSize: 1, window: 2, tail: 'keep' as const },
      DataError,
      /empty/,
    ],
    ['one id', 1, { batchSize: 1, window: 2, tail: 'keep' as const }, DataError, /at least 2/],
    [
      'a text shorter than a window of all rows',
      8,
      { batchSize: 2, window: 4 },
      DataError,
      /8 ids fill no window: 2 rows × 4 steps need 9\. Take a longer text, .*tail: 'keep'/,
    ],
  ])('refuses %s', (_, length, options, error, words) => {
    expect(() => contiguousWindows(upTo(length), options)).toThrow(error);
    expect(() => contiguousWindows(upTo(length), options)).toThrow(words);
  });

  test('takes a text that fills one window exactly', () => {
    expect(contiguousWindows(upTo(9), { batchSize: 2, window: 4 }).length).toBe(1);
  });
});

/** Reads on for whole epochs, as a training loop does, and logs the batches and the ends of the epochs. */
function runTo(epochs: number, windows: ContiguousWindows, log: (entry: unknown) => void): void {
  while (windows.epoch < epochs) {
    for (const batch of windows) log(rowsOf(batch));
    log(`end of epoch ${windows.epoch}`);
  }
}
