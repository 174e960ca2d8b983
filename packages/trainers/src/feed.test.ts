import { UnsupportedError } from '@unroll/backend';
import { Sequence, tensor } from '@unroll/tensor';
import { describe, expect, test } from 'vitest';
import { type Batch, positioned } from './data.ts';
import { Feed, type Window } from './feed.ts';

const row = (...values: number[]) => tensor([values], { dtype: 'int32' });
const valuesOf = ({ input }: Window) => Array.from((input as ReturnType<typeof row>).dataSync());

async function epoch(feed: Feed): Promise<Window[]> {
  const windows: Window[] = [];
  for (;;) {
    const window = await feed.next();
    if (!window) return windows;
    windows.push(window);
  }
}

describe('a feed', () => {
  test('goes through the data again and again', async () => {
    const data = positioned([{ input: row(1), target: row(2) }]);
    const feed = new Feed(data);
    for (const done of [1, 2, 3]) {
      expect((await epoch(feed)).map(valuesOf)).toEqual([[1]]);
      expect(feed.epoch).toBe(done);
    }
  });

  test('cuts batches into windows of which only the first starts rows', async () => {
    const batches: Batch[] = [
      { input: row(1, 2, 3, 4, 5), target: row(2, 3, 4, 5, 6) },
      { input: row(6, 7), target: row(7, 8), first: false },
      { input: row(8, 9, 10), target: row(9, 10, 11), first: false },
    ];
    const windows = await epoch(new Feed(positioned(batches), 2));
    expect(windows.map(valuesOf)).toEqual([[1, 2], [3, 4], [5], [6, 7], [8, 9], [10]]);
    expect(windows.map(({ first }) => first)).toEqual([true, false, false, false, false, false]);
    expect(windows.map(({ target }) => valuesOf({ input: target } as Window))[2]).toEqual([6]);
  });

  test('goes on in the middle of a batch', async () => {
    const make = () => positioned([{ input: row(1, 2, 3, 4, 5), target: row(2, 3, 4, 5, 6) }]);
    const feed = new Feed(make(), 2);
    await feed.next();
    const other = new Feed(make(), 2);
    other.loadStateDict(feed.stateDict());
    expect((await epoch(other)).map(valuesOf)).toEqual([[3, 4], [5]]);
    expect(other.epoch).toBe(1);
    expect((await epoch(other)).length).toBe(3);
  });

  test('takes asynchronous data', async () => {
    const data = {
      async *[Symbol.asyncIterator]() {
        yield { input: row(1), target: row(1) };
      },
    };
    expect(await epoch(new Feed(data))).toHaveLength(1);
  });

  test('refuses to cut what has no windows', async () => {
    const ragged = Sequence.fromArrays([[1, 2, 3], [4]], { dtype: 'int32' });
    const sequences = new Feed(positioned([{ input: ragged, target: ragged }]), 2);
    await expect(sequences.next()).rejects.toThrow(UnsupportedError);
    const label = new Feed(positioned([{ input: row(1, 2, 3), target: tensor([1]) }]), 2);
    await expect(label.next()).rejects.toThrow('got [1, 3] and [1] of 3 steps');
    const short = new Feed(positioned([{ input: ragged, target: ragged }]), 3);
    expect((await short.next())?.input).toBe(ragged);
  });
});
