import { DataError, IndexError, ShapeError } from '@unroll/backend';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layoutOf, layoutWithin } from './layout.ts';

describe('a layout', () => {
  test('puts the longest first, keeps equals in order and counts who lives at each step', () => {
    const layout = layoutOf('test', [2, 4, 1, 2]);
    expect(layout.batchOrder).toEqual([1, 0, 3, 2]);
    expect(layout.positions).toEqual([1, 0, 3, 2]);
    expect(layout.batchSizes).toEqual([4, 3, 1, 1]);
    expect(layout.starts).toEqual([0, 4, 7, 8, 9]);
    expect([layout.batch, layout.time, layout.rows]).toEqual([4, 4, 9]);
    expect([...layout.rowsOf(0)]).toEqual([1, 5]);
    expect([...layout.padded(9)]).toEqual([1, 5, 9, 9, 0, 4, 7, 8, 3, 9, 9, 9, 2, 6, 9, 9]);
  });

  test('has one row for each step of each sequence, and finds it again', () => {
    fc.assert(
      fc.property(lengths(), (given) => {
        const layout = layoutOf('test', given);
        const seen = new Set<number>();
        for (const [i, n] of given.entries()) {
          for (let t = 0; t < n; t++) seen.add(layout.rowOf(i, t));
        }
        expect(seen.size).toBe(given.reduce((a, b) => a + b, 0));
        expect(Math.max(...seen)).toBe(layout.rows - 1);
        for (const [t, living] of layout.batchSizes.entries()) {
          expect(living).toBe(given.filter((n) => n > t).length);
        }
        const falling = layout.batchOrder.map((i) => given[i]);
        expect(falling).toEqual([...given].sort((a, b) => b - a));
      }),
    );
  });

  test('refuses lengths that are empty, broken or too many, and names them', () => {
    expect(() => layoutOf('test', [])).toThrow(DataError);
    expect(() => layoutOf('test', [1, 0, 2])).toThrow(DataError);
    expect(() => layoutOf('test', [1, 0, 2])).toThrow('sequence 1 is of length 0');
    expect(() => layoutOf('test', [0, 1, 0])).toThrow('sequences 0, 2 are of length 0');
    expect(() => layoutOf('test', [2, 1.5])).toThrow('whole numbers; got 1.5 for sequence 1');
    expect(() => layoutOf('test', [-1])).toThrow('whole numbers; got -1 for sequence 0');
    expect(() => layoutWithin('test', [1, 2], 3, 4)).toThrow('got 2 lengths for a batch of 3');
    expect(() => layoutWithin('test', [1, 5], 2, 4)).toThrow(ShapeError);
    expect(() => layoutWithin('test', [1, 5], 2, 4)).toThrow(
      'sequence 1 has length 5, but the batch has 4 steps',
    );
  });

  test('refuses rows that do not exist', () => {
    const layout = layoutOf('test', [2, 3]);
    expect(() => layout.rowOf(2, 0)).toThrow(IndexError);
    expect(() => layout.rowOf(2, 0)).toThrow('there is no sequence 2 in a batch of 2');
    expect(() => layout.rowOf(0, 2)).toThrow('sequence 0 has 2 steps; got step 2');
    expect(() => layout.rowOf(0, -1)).toThrow(IndexError);
  });
});

function lengths(): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 6 });
}
