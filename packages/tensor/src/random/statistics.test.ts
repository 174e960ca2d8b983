import { beforeEach, describe, expect, test } from 'vitest';
import { manualSeed, randomStream } from './random.ts';

const n = 200_000;

/** Five standard deviations: by chance once in two million seeds, and these seeds are fixed. */
const bound = 5;

beforeEach(() => manualSeed(2026));

describe.each(['float32', 'float64'] as const)('draws in %s', (dtype) => {
  test('uniform has the mean, the variance and the even spread of a uniform distribution', () => {
    const x = randomStream('uniform').uniform([n], { low: -1, high: 3, dtype }).dataSync();
    expect(Math.abs(mean(x) - 1)).toBeLessThan(bound * Math.sqrt(16 / 12 / n));
    expect(Math.abs(variance(x) / (16 / 12) - 1)).toBeLessThan(bound * Math.sqrt(0.8 / n));
    const cells = count(x, 100, (v) => Math.floor((v + 1) * 25));
    expectEven(cells);
  });

  test('normal has the mean, variance, skewness, kurtosis and spread of a normal distribution', () => {
    const x = randomStream('normal').normal([n], { mean: 2, std: 3, dtype }).dataSync();
    const z = Array.from(x, (v) => (v - 2) / 3);
    expect(Math.abs(mean(z))).toBeLessThan(bound * Math.sqrt(1 / n));
    expect(Math.abs(mean(z.map((v) => v ** 2)) - 1)).toBeLessThan(bound * Math.sqrt(2 / n));
    expect(Math.abs(mean(z.map((v) => v ** 3)))).toBeLessThan(bound * Math.sqrt(15 / n));
    expect(Math.abs(mean(z.map((v) => v ** 4)) - 3)).toBeLessThan(bound * Math.sqrt(96 / n));
    // The quartiles of the normal distribution lie at 0 and ±0.674490.
    expectEven(count(z, 4, (v) => (v < -0.6744898 ? 0 : v < 0 ? 1 : v < 0.6744898 ? 2 : 3)));
    expect(z.reduce((a, b) => Math.max(a, Math.abs(b)), 0)).toBeGreaterThan(4);
  });
});

describe('draws', () => {
  test('bernoulli has the frequency p', () => {
    const x = randomStream('bernoulli').bernoulli([n], 0.2).dataSync();
    expect(Math.abs(mean(x) - 0.2)).toBeLessThan(bound * Math.sqrt(0.16 / n));
  });

  test('integers and permutations are even', () => {
    const stream = randomStream('integers');
    const x = stream.integers([n], { high: 7 }).dataSync();
    expectEven(count(x, 7, (v) => v));
    // A range of ¾ · 2³² would, by remainders alone, fall twice as often into its first third.
    const wide = stream.integers([n], { low: -(2 ** 31), high: 2 ** 30 }).dataSync();
    expectEven(count(wide, 3, (v) => Math.floor((v + 2 ** 31) / 2 ** 30)));
    const orders = Array.from({ length: 24_000 }, () => stream.permutation(4));
    expectEven(
      count(orders, 256, ([a, b, c, d]) => ((a * 4 + b) * 4 + c) * 4 + d).filter((k) => k > 0),
      24,
    );
  });

  test('neighbouring draws, streams with similar names and similar seeds do not correlate', () => {
    const draw = (name: string) => randomStream(name).uniform([n]).dataSync();
    const x = draw('layer.0');
    const others = { name: draw('layer.1'), next: draw('layer.0'), seed: x };
    manualSeed(2027);
    others.seed = draw('layer.0');
    for (const y of Object.values(others)) {
      expect(Math.abs(correlation(x, y))).toBeLessThan(bound / Math.sqrt(n));
    }
    expect(Math.abs(correlation(x.subarray(1), x.subarray(0, -1)))).toBeLessThan(
      bound / Math.sqrt(n),
    );
  });
});

type Values = ArrayLike<number> & Iterable<number>;

function mean(x: Values): number {
  let sum = 0;
  for (const v of x) sum += v;
  return sum / x.length;
}

function variance(x: Values): number {
  const m = mean(x);
  return mean(Float64Array.from(x, (v) => (v - m) ** 2));
}

function correlation(x: Values, y: Values): number {
  const [a, b] = [mean(x), mean(y)];
  const products = Float64Array.from(x, (v, i) => (v - a) * (y[i] - b));
  return mean(products) / Math.sqrt(variance(x) * variance(y));
}

function count<T>(x: Iterable<T>, cells: number, cell: (value: T) => number): number[] {
  const counts = new Array<number>(cells).fill(0);
  for (const value of x) counts[cell(value)] += 1;
  return counts;
}

/** Pearson's χ²: its mean is the degrees of freedom f, its standard deviation √2f. */
function expectEven(counts: readonly number[], cells = counts.length): void {
  expect(counts.length).toBe(cells);
  const expected = counts.reduce((a, b) => a + b, 0) / cells;
  const chiSquare = counts.reduce((sum, k) => sum + (k - expected) ** 2 / expected, 0);
  const freedom = cells - 1;
  expect(chiSquare).toBeLessThan(freedom + bound * Math.sqrt(2 * freedom));
  expect(chiSquare).toBeGreaterThan(freedom - bound * Math.sqrt(2 * freedom));
}
