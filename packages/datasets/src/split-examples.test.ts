import { DataError, OptionError } from '@unroll/backend';
import { manualSeed, randomStream } from '@unroll/tensor';
import { beforeEach, describe, expect, test } from 'vitest';
import { splitExamples } from './split-examples.ts';

beforeEach(() => manualSeed(5));

const examples = Array.from({ length: 200 }, (_, id) => ({
  id,
  kind: id % 10 === 0 ? 'rare' : 'common',
}));
const shares = { train: 0.8, valid: 0.1, test: 0.1 };
const split = (options = {}) =>
  splitExamples(examples, { ...shares, stream: randomStream('split'), ...options });

describe('splitExamples', () => {
  test('puts every example into one part, by chance, in its own order', () => {
    const { train, valid, test } = split();
    expect([train.length, valid.length, test.length]).toEqual([160, 20, 20]);
    const ids = [...train, ...valid, ...test].map(({ id }) => id);
    expect(new Set(ids).size).toBe(200);
    expect(test.map(({ id }) => id)).toEqual(test.map(({ id }) => id).sort((a, b) => a - b));
    expect(test[0].id).toBeLessThan(180); // not the last tenth
  });

  test('gives every part its share of each kind', () => {
    const rare = (part: readonly { kind: string }[]) =>
      part.filter(({ kind }) => kind === 'rare').length;
    const { train, valid, test } = split({ by: ({ kind }: { kind: string }) => kind });
    expect([rare(train), rare(valid), rare(test)]).toEqual([16, 2, 2]);
  });

  test('is the same after the same seed, and another after another', () => {
    const first = split();
    manualSeed(5);
    expect(split()).toEqual(first);
    manualSeed(6);
    expect(split()).not.toEqual(first);
  });

  test('leaves a part empty that was not asked for, and says which one would be', () => {
    expect(split({ train: 0.9, valid: 0.1, test: 0 }).test).toEqual([]);
    expect(() => split({ train: 0.9, valid: 0.2 })).toThrow(OptionError);
    const few = () => splitExamples([1, 2, 3], { ...shares, stream: randomStream('few') });
    expect(few).toThrow(DataError);
    expect(few).toThrow('3 examples leave none for test (0.1); take more');
  });
});
