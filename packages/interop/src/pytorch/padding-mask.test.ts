import { DataError, DTypeError, ShapeError } from '@unroll/backend';
import { Sequence, tensor, zeros } from '@unroll/tensor';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { lengthsOfPaddingMask } from './padding-mask.ts';

const maskOf = (rows: number[][]) => tensor(rows, { dtype: 'bool' });

test('a mask of padding at the ends gives the lengths it was made from', async () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(lengths, fc.nat(2), async (ns, more) => {
      const time = Math.max(...ns) + more;
      const mask = maskOf(ns.map((n) => Array.from({ length: time }, (_, t) => Number(t >= n))));
      const found = await lengthsOfPaddingMask(mask);
      expect(found).toEqual(ns);
      expect(Sequence.fromBatch(zeros([ns.length, time, 1]), found).lengths).toEqual(ns);
    }),
    { numRuns: 50 },
  );
});

test('holes, padding in front and rows of nothing but padding are one error with every row', async () => {
  const [x, o] = [1, 0];
  const mask = maskOf([
    [o, o, o],
    [o, x, o],
    [x, o, o],
    [x, x, x],
  ]);
  await expect(lengthsOfPaddingMask(mask)).rejects.toThrow(DataError);
  await expect(lengthsOfPaddingMask(mask)).rejects.toThrow(
    'row 1 has padding at step 1 and goes on at step 2; row 2 has padding at step 0 and goes on at step 1; row 3 is nothing but padding. A sequence begins at step 0',
  );
});

test('masks of numbers and of other shapes are refused', async () => {
  await expect(lengthsOfPaddingMask(zeros([2, 3]))).rejects.toThrow(DTypeError);
  await expect(lengthsOfPaddingMask(zeros([2, 3]))).rejects.toThrow('got float32');
  await expect(lengthsOfPaddingMask(tensor([1], { dtype: 'bool' }))).rejects.toThrow(ShapeError);
  await expect(lengthsOfPaddingMask([[false]] as never)).rejects.toThrow('lengthsOfPaddingMask');
});
