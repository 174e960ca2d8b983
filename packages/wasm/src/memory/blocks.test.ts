import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ALIGNMENT, aligned, Blocks } from './blocks.ts';

const END = 1 << 16;

interface Taken {
  readonly address: number;
  readonly bytes: number;
}

/** Takes (a size) or gives back (which one of those that are out). */
const actions = fc.array(
  fc.oneof(
    fc.record({ take: fc.integer({ min: 0, max: 9000 }) }),
    fc.record({ give: fc.nat(1000) }),
  ),
  { maxLength: 200 },
);

function make(): Blocks {
  const blocks = new Blocks(ALIGNMENT);
  blocks.extend(END - ALIGNMENT);
  return blocks;
}

test('blocks never overlap, lie in line with the cache and inside, and their bytes are counted', () => {
  fc.assert(
    fc.property(actions, (list) => {
      const blocks = make();
      const taken: Taken[] = [];
      for (const action of list) {
        if ('take' in action) {
          const bytes = action.take;
          const missing = blocks.missing(bytes);
          const address = blocks.take(bytes);
          expect(address === undefined).toBe(missing > 0);
          if (address !== undefined) taken.push({ address, bytes });
        } else if (taken.length > 0) {
          const [{ address, bytes }] = taken.splice(action.give % taken.length, 1);
          blocks.give(address, bytes);
        }
        const sorted = taken.toSorted((a, b) => a.address - b.address);
        sorted.forEach(({ address, bytes }, i) => {
          expect(address % ALIGNMENT).toBe(0);
          expect(address + aligned(bytes)).toBeLessThanOrEqual(sorted[i + 1]?.address ?? END);
        });
        expect(blocks.used).toBe(taken.reduce((sum, { bytes }) => sum + aligned(bytes), 0));
      }
    }),
    { numRuns: 200, seed: 3 },
  );
});

test('when all is given back, in any order, it is one block again', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 40 }),
      fc.infiniteStream(fc.nat(1000)),
      (sizes, order) => {
        const blocks = make();
        const taken = sizes.map((bytes) => ({ address: blocks.take(bytes)!, bytes }));
        while (taken.length > 0) {
          const at = (order.next().value as number) % taken.length;
          const [{ address, bytes }] = taken.splice(at, 1);
          blocks.give(address, bytes);
        }
        expect(blocks.used).toBe(0);
        expect(blocks.take(END - ALIGNMENT)).toBe(ALIGNMENT);
      },
    ),
    { numRuns: 200, seed: 3 },
  );
});

test('what is missing counts the free end, and is enough', () => {
  const blocks = make();
  const first = blocks.take(1000)!;
  expect(blocks.missing(END)).toBe(END - (END - ALIGNMENT - aligned(1000)));
  blocks.extend(blocks.missing(END));
  expect(blocks.missing(END)).toBe(0);
  expect(blocks.take(END)).toBe(first + aligned(1000));
  expect(blocks.take(1)).toBeUndefined();
});
