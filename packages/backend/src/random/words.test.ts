import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fillBernoulli } from './bernoulli.ts';
import { threefry } from './threefry.ts';
import { fillWords } from './words.ts';

const key = Uint32Array.of(0x13198a2e, 0x83707344);

/** Places around the border of the low word of a counter, of 2⁵³, and at the start. */
const counters = fc.oneof(
  fc.nat(50),
  fc.integer({ min: 2 ** 31 - 40, max: 2 ** 31 + 5 }),
  fc.integer({ min: 2 ** 32 - 40, max: 2 ** 32 + 5 }),
  fc.integer({ min: 2 ** 53 - 100, max: 2 ** 53 - 50 }),
);

/** Word i of a sequence, by the cipher alone. */
function wordAt(counter: number, i: number): number {
  const place = BigInt(counter) + BigInt(i >> 1);
  const block = new Uint32Array(2);
  threefry(key, Number(place & 0xffffffffn), Number(place >> 32n), block);
  return block[i & 1];
}

describe('random words', () => {
  test('are two of each block, in order, for any place and length', () => {
    fc.assert(
      fc.property(counters, fc.nat(90), (counter, length) => {
        const out = new Uint32Array(length);
        fillWords({ key, counter }, out);
        expect([...out]).toEqual(Array.from({ length }, (_, i) => wordAt(counter, i)));
      }),
      { numRuns: 200, seed: 5 },
    );
  });

  test('are chosen from where they are below a limit, also of many pieces', () => {
    for (const counter of [0, 2 ** 32 - 300]) {
      const out = new Float64Array(2501);
      fillBernoulli({ key, counter }, 0.4 * 2 ** 32, 2.5, out);
      const expected = Array.from(out, (_, i) => (wordAt(counter, i) < 0.4 * 2 ** 32 ? 2.5 : 0));
      expect([...out]).toEqual(expected);
    }
  });
});
