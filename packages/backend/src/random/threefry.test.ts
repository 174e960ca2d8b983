import { describe, expect, test } from 'vitest';
import { threefry } from './threefry.ts';

/** Known answers of the Random123 library, `threefry 2x32 20`. */
const known = [
  { counter: [0, 0], key: [0, 0], words: [0x6b200159, 0x99ba4efe] },
  {
    counter: [0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    words: [0x1cb996fc, 0xbb002be7],
  },
  {
    counter: [0x243f6a88, 0x85a308d3],
    key: [0x13198a2e, 0x03707344],
    words: [0xc4923a9c, 0x483df7a0],
  },
];

describe('threefry', () => {
  test.each(known)('gives the known answer for the counter $counter', ({ counter, key, words }) => {
    const out = new Uint32Array(2);
    threefry(Uint32Array.from(key), counter[0], counter[1], out);
    expect([...out]).toEqual(words);
  });

  test('changes half of the bits when one bit of the counter changes', () => {
    const key = Uint32Array.of(1, 2);
    const [before, after] = [new Uint32Array(2), new Uint32Array(2)];
    let changed = 0;
    const trials = 2000;
    for (let i = 0; i < trials; i++) {
      threefry(key, i, 0, before);
      threefry(key, i ^ (1 << (i % 31)), 0, after);
      changed += ones(before[0] ^ after[0]) + ones(before[1] ^ after[1]);
    }
    // 64 fair bits a trial: the mean's standard deviation is 4/√2000 = 0.09 bits.
    expect(Math.abs(changed / trials - 32)).toBeLessThan(0.45);
  });
});

function ones(word: number): number {
  let count = 0;
  for (let w = word >>> 0; w > 0; w = Math.floor(w / 2)) count += w % 2;
  return count;
}
