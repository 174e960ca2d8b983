import * as fc from 'fast-check';
import type { Agreement, Suite } from '../suite.ts';
import { shapes } from './arbitraries.ts';

const offered: Agreement = {
  needs: 'bernoulli',
  dtypes: ['float32', 'float64', 'int32', 'bool'],
};

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
/** Where a low word of a counter ends, among other places. */
const counters = fc.oneof(
  fc.nat(100),
  fc.integer({ min: 2 ** 32 - 200, max: 2 ** 32 + 20 }),
  fc.integer({ min: 2 ** 45 - 200, max: 2 ** 45 }),
  fc.maxSafeNat().map((n) => Math.max(0, n - 1000)),
);
const limits = fc.oneof(
  fc.double({ min: 0, max: 2 ** 32, noNaN: true }),
  fc.constantFrom(0, 0.5, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32 - 0.5, 2 ** 32),
);

/** Draws have the same bits on every backend. */
export function bernoulliCases(suite: Suite): void {
  const draws = fc.record({
    key: fc.tuple(word, word),
    counter: counters,
    limit: limits,
    shape: fc.oneof(
      shapes,
      fc.nat(300).map((n) => [n]),
    ),
  });
  suite.agreeForAll(
    'bernoulli: any key, place, limit and shape',
    offered,
    draws,
    (bench, drawn) => {
      const key = Uint32Array.from(drawn.key);
      const value = bench.dtype.startsWith('float') ? 1 / 0.7 : 1;
      const from = { key, counter: drawn.counter };
      return bench.fused.bernoulli!(from, drawn.limit, value, drawn.shape, bench.dtype);
    },
  );
  suite.agree('bernoulli: many, across the border of the low word, and none', offered, (bench) => {
    const key = Uint32Array.of(0x13198a2e, 0xffffffff);
    const draw = (counter: number, n: number) =>
      bench.fused.bernoulli!({ key, counter }, 0.3 * 2 ** 32, 1, [n], bench.dtype);
    return [draw(7, 40_001), draw(2 ** 32 - 10_001, 40_001), draw(2 ** 32 - 1, 2), draw(3, 0)];
  });
}
