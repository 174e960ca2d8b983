import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunksOf, rangeOf } from './shares.ts';

const counts = fc.integer({ min: 1, max: 8 });

test('ranges follow each other without a gap and begin at multiples of the unit', () => {
  fc.assert(
    fc.property(fc.nat(500), counts, fc.integer({ min: 1, max: 9 }), (length, count, unit) => {
      let end = 0;
      for (let i = 0; i < count; i++) {
        const [from, to] = rangeOf(length, i, count, unit);
        expect(from).toBe(end);
        expect(from === length || from % unit === 0).toBe(true);
        expect(to - from).toBeLessThanOrEqual(unit * Math.ceil(length / unit / count));
        end = to;
      }
      expect(end).toBe(length);
    }),
  );
});

const units = fc.constantFrom(1, 8);

test('chunks of a batch begin at multiples of the unit and have equal work to within one of them', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(lengths, counts, units, (unsorted, count, unit) => {
      const sorted = unsorted.sort((a, b) => b - a);
      const batchSizes = Array.from({ length: sorted[0] }, (_, t) => {
        return sorted.filter((length) => length > t).length;
      });
      const chunks = chunksOf(batchSizes, count, unit);
      expect(chunks).toHaveLength(count + 1);
      expect([chunks[0], chunks[count]]).toEqual([0, sorted.length]);
      const work = (from: number, to: number) =>
        sorted.slice(from, to).reduce((sum, length) => sum + length, 0);
      const fair = work(0, sorted.length) / count;
      for (let i = 0; i < count; i++) {
        expect(chunks[i]).toBeLessThanOrEqual(chunks[i + 1]);
        expect(chunks[i] % unit === 0 || chunks[i] === sorted.length).toBe(true);
        expect(Math.abs(work(chunks[i], chunks[i + 1]) - fair)).toBeLessThanOrEqual(
          unit * sorted[0],
        );
      }
    }),
  );
});
