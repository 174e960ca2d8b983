import { DataError } from '@unroll/backend';
import { manualSeed, Sequence, type Tensor, tensor } from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { bioConstraints } from './constraints.ts';
import { CRF } from './crf.ts';

beforeEach(() => manualSeed(4));

const names = ['O', 'B-a', 'I-a', 'B-b', 'I-b'];
const ids = (arrays: number[][]) => Sequence.fromArrays(arrays, { dtype: 'int32' });

/** Whether a chunk is entered by its B only, by the names alone. */
const wellFormed = (tags: readonly number[]) =>
  tags.every((tag, t) => {
    const [kind, type] = names[tag].split('-');
    return kind !== 'I' || (t > 0 && names[tags[t - 1]].split('-')[1] === type);
  });

function pathsOf(length: number): number[][] {
  if (length === 0) return [[]];
  return pathsOf(length - 1).flatMap((path) => names.map((_, tag) => [...path, tag]));
}

test('the probabilities of all tags that BIO allows are 1 together', () => {
  const row = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 3 }), (emissions) => {
      const crf = new CRF({ numTags: 5, constraints: bioConstraints(names), dtype: 'float64' });
      const paths = pathsOf(emissions.length).filter(wellFormed);
      const x = Sequence.fromArrays(
        paths.map(() => emissions),
        { dtype: 'float64' },
      );
      const losses = crf.forward(x, ids(paths), { reduction: 'none' });
      const total = [...losses.dataSync()].reduce((sum, loss) => sum + Math.exp(-loss), 0);
      expect(total).toBeCloseTo(1, 10);
    }),
    { numRuns: 20 },
  );
});

test('a forbidden tag is refused, and forbidden scores get no gradient', () => {
  const crf = new CRF({ numTags: 5, constraints: bioConstraints(names) });
  const x = Sequence.fromBatch(
    tensor(
      [
        [1, 0, 0, 0, 0],
        [0, 1, 0, 0, 0],
      ],
      { shape: [1, 2, 5] },
    ),
  );
  expect(() => crf.forward(x, ids([[0, 2]]))).toThrow(DataError);
  crf.forward(x, ids([[1, 2]])).backward();
  const gradient = (crf.transitions.grad as Tensor).dataSync();
  const allowed = crf.constraints.transitions?.flat() ?? [];
  expect([...gradient].filter((x, i) => x !== 0 && !allowed[i])).toEqual([]);
  expect(gradient.some((x) => x !== 0)).toBe(true);
});

test('losses are reduced over sequences', () => {
  const crf = new CRF({ numTags: 5 });
  const x = Sequence.fromArrays([
    [[1, 2, 3, 4, 5]],
    [
      [1, 0, 0, 0, 0],
      [0, 1, 0, 0, 0],
    ],
  ]);
  const tags = ids([[2], [0, 1]]);
  const [a, b] = crf.forward(x, tags, { reduction: 'none' }).dataSync();
  expectClose(crf.forward(x, tags, { reduction: 'sum' }), tensor(a + b));
  expectClose(crf.forward(x, tags), tensor((a + b) / 2));
});

test('constraints of another size, that nothing satisfies, or of other names are refused', () => {
  const make = (constraints: object) => () => new CRF({ numTags: 2, constraints });
  expect(make({ start: [true] })).toThrow('constraints must say something of 2 tags; start has 1');
  expect(make({ transitions: [[true, false]] })).toThrow(DataError);
  const apart = {
    transitions: [
      [true, false],
      [true, true],
    ],
    start: [true, false],
    end: [false, true],
  };
  expect(make(apart)).toThrow('no sequence of tags satisfies the constraints');
  expect(() => bioConstraints(['O', 'X'])).toThrow("tags are 'O', 'B-x' or 'I-x'; got 'X'");
  expect(() => bioConstraints(['O', 'I-a'])).toThrow("'I-a' can never come");
});
