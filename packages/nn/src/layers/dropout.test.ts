import { OptionError } from '@unroll/backend';
import { manualSeed, ones, profile, randomStream, Sequence, tensor } from '@unroll/tensor';
import { beforeEach, describe, expect, test } from 'vitest';
import { Dropout } from './dropout.ts';

beforeEach(() => manualSeed(4));

describe('Dropout', () => {
  test('makes a share p zero and divides the others by 1 − p', () => {
    const n = 100_000;
    const y = new Dropout({ p: 0.2 }).forward(ones([n])).dataSync();
    const kept = y.filter((v) => v !== 0);
    expect(kept.every((v) => v === 1.25)).toBe(true);
    // Five standard deviations of a binomial share.
    expect(Math.abs(kept.length / n - 0.8)).toBeLessThan(5 * Math.sqrt(0.16 / n));
  });

  test('gives the gradient the same mask', () => {
    const x = ones([50], { requiresGrad: true, dtype: 'float64' });
    const y = new Dropout().forward(x);
    y.backward({ gradient: ones([50], { dtype: 'float64' }) });
    expect(x.grad?.dataSync()).toEqual(y.dataSync());
    expect(new Set(y.dataSync())).toEqual(new Set([0, 2]));
  });

  test('is one draw and one product', () => {
    const x = ones([100, 3]);
    const { rows } = profile(() => new Dropout({ p: 0.2 }).forward(x)).profile;
    const calls = rows.map((row) => [row.name, row.calls]);
    expect(Object.fromEntries(calls)).toEqual({ bernoulli: 1, mul: 1 });
  });

  test('is the identity in use and at p = 0, and draws nothing then', () => {
    const x = ones([3]);
    expect(new Dropout().eval().forward(x)).toBe(x);
    expect(new Dropout({ p: 0 }).forward(x)).toBe(x);
    const before = randomStream('Dropout').next();
    manualSeed(4);
    new Dropout().eval().forward(x);
    expect(randomStream('Dropout').next()).toBe(before);
  });

  test('draws a new mask each time, from its own stream, the same from the same seed', () => {
    const masks = () => {
      const dropout = new Dropout();
      return [dropout.forward(ones([64])).dataSync(), dropout.forward(ones([64])).dataSync()];
    };
    const [first, second] = masks();
    expect(first).not.toEqual(second);
    manualSeed(4);
    randomStream('another').uniform([100]);
    expect(masks()).toEqual([first, second]);
  });

  test('takes sequences, and drops everything at p = 1', () => {
    const sequence = Sequence.fromArrays([
      [[1, 2]],
      [
        [3, 4],
        [5, 6],
      ],
    ]);
    const y = new Dropout({ p: 1 }).forward(sequence);
    expect(y.lengths).toEqual([1, 2]);
    expect([...y.rows.dataSync()]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('needs a share', () => {
    for (const p of [-0.1, 1.1, Number.NaN]) expect(() => new Dropout({ p })).toThrow(OptionError);
    expect(() => new Dropout({ p: 1 }).forward(tensor([1]))).not.toThrow();
  });
});
