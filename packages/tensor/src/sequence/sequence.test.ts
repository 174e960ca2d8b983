import { DataError, DTypeError, IndexError, ShapeError } from '@unroll/backend';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gradcheck } from '../autograd/gradcheck.ts';
import { fromValues, ones, tensor, zeros } from '../core/create.ts';
import type { Nested } from '../core/nested.ts';
import { add, mul } from '../operations/arithmetic.ts';
import { reshape } from '../operations/core.ts';
import { sum } from '../operations/reduce.ts';
import { concatFeatures } from './concat-features.ts';
import { Sequence } from './sequence.ts';

/** Sequences of the lengths 2, 3 and 1, with one feature. */
const ragged: Nested[] = [[[1], [2]], [[3], [4], [5]], [[6]]];

/** Ragged batches: lengths from 1, a batch from 1, features from none to two axes. */
const batches = fc.record({
  lengths: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 }),
  features: fc.constantFrom<number[]>([], [1], [3], [2, 2]),
});

describe('a sequence', () => {
  test('holds the rows that exist, step after step with the longest first', () => {
    const x = Sequence.fromArrays(ragged);
    expect([...x.rows.dataSync()]).toEqual([3, 1, 6, 4, 2, 5]);
    expect(x.rows.shape).toEqual([6, 1]);
    expect(x.lengths).toEqual([2, 3, 1]);
    expect(x.batchSizes).toEqual([3, 2, 1]);
    expect(x.batchOrder).toEqual([1, 0, 2]);
    expect([x.batch, x.time, x.features]).toEqual([3, 3, [1]]);
    expect(x.rowOf(0, 1)).toBe(4);
    expect(x.schedule()).toEqual({ batchSizes: [3, 2, 1], reverse: false });
    expect(x.schedule(true)).toEqual({ batchSizes: [3, 2, 1], reverse: true });
    expect(String(x)).toBe('Sequence(float32, 3 × [length, 1], lengths [2, 3, 1])');
  });

  test('of equal lengths is exactly [time, batch, features], without a copy', () => {
    const x = Sequence.fromBatch(
      tensor([
        [[1], [2]],
        [[3], [4]],
        [[5], [6]],
      ]),
    );
    const timeFirst = reshape(x.rows, [2, 3, 1]);
    expect(timeFirst.storage).toBe(x.rows.storage);
    expect([...timeFirst.dataSync()]).toEqual([1, 3, 5, 2, 4, 6]);
  });

  test('of one row is its batch, without a copy', () => {
    const batch = tensor([[[1], [2], [3]]]);
    expect(Sequence.fromBatch(batch).rows.storage).toBe(batch.storage);
    expect(Sequence.fromBatch(batch).toBatch().storage).toBe(batch.storage);
  });

  test('gives back, in the order they came, the sequences it was made of', () => {
    fc.assert(
      fc.property(batches, ({ lengths, features }) => {
        const parts = lengths.map((n, i) => numbered([n, ...features], 100 * i));
        const x = Sequence.fromArrays(parts);
        expect(x.lengths).toEqual(lengths);
        expect(x.features).toEqual(features);
        for (const [i, part] of x.toTensors().entries()) {
          expect(part.shape).toEqual(parts[i].shape);
          expect(part.dataSync()).toEqual(parts[i].dataSync());
        }
      }),
    );
  });

  test('gives back the batch it was made of, with the value beyond each end', () => {
    fc.assert(
      fc.property(batches, fc.nat(2), ({ lengths, features }, spare) => {
        const time = Math.max(...lengths);
        const width = features.reduce((a, b) => a * b, 1);
        const batch = numbered([lengths.length, time + spare, ...features]);
        const x = Sequence.fromBatch(batch, lengths);
        const back = x.toBatch({ value: -7 });
        expect(back.shape).toEqual([lengths.length, time, ...features]);
        const [given, got] = [batch.dataSync(), back.dataSync()];
        for (const [i, n] of lengths.entries()) {
          for (let t = 0; t < time; t++) {
            for (let k = 0; k < width; k++) {
              const value = t < n ? given[(i * (time + spare) + t) * width + k] : -7;
              expect(got[(i * time + t) * width + k]).toBe(value);
            }
          }
        }
      }),
    );
  });

  test('is the same from arrays, from tensors and from a batch', () => {
    const fromArrays = Sequence.fromArrays(ragged);
    const fromTensors = Sequence.fromArrays(ragged.map((x) => tensor(x)));
    const batch = tensor([
      [[1], [2], [0]],
      [[3], [4], [5]],
      [[6], [0], [0]],
    ]);
    const fromBatch = Sequence.fromBatch(batch, Int32Array.of(2, 3, 1));
    for (const x of [fromTensors, fromBatch]) {
      expect(x.rows.dataSync()).toEqual(fromArrays.rows.dataSync());
      expect(x.hasLengthsOf(fromArrays)).toBe(true);
    }
  });

  test('carries ids: rows without features', () => {
    const x = Sequence.fromArrays([Int32Array.of(4, 5), Int32Array.of(7, 8, 9)]);
    expect(x.rows.dtype).toBe('int32');
    expect(x.features).toEqual([]);
    expect(x.toBatch({ value: -1 }).dataSync()).toEqual(Int32Array.of(4, 5, -1, 7, 8, 9));
    expect(x.last().dataSync()).toEqual(Int32Array.of(5, 9));
    expect(x.max().dataSync()).toEqual(Int32Array.of(5, 9));
    expect(x.sum().dataSync()).toEqual(Int32Array.of(9, 24));
    expect(x.mean().dataSync()).toEqual(Float32Array.of(4.5, 8));
    expect(Sequence.fromArrays([[1], [2, 3]], { dtype: 'int32' }).rows.dtype).toBe('int32');
    const floats = Sequence.fromArrays([Int32Array.of(1, 2)], { dtype: 'float64' });
    expect(floats.rows.dataSync()).toEqual(Float64Array.of(1, 2));
    expect(Sequence.fromArrays([tensor([1.5, 2])], { dtype: 'int32' }).rows.dtype).toBe('int32');
  });

  test('reads first and last rows, sums, means and maxima in the order of the user', () => {
    const x = Sequence.fromArrays(ragged);
    expect([...x.first().dataSync()]).toEqual([1, 3, 6]);
    expect([...x.last().dataSync()]).toEqual([2, 5, 6]);
    expect([...x.sum().dataSync()]).toEqual([3, 12, 6]);
    expect([...x.mean().dataSync()]).toEqual([1.5, 4, 6]);
    expect(x.mean().shape).toEqual([3, 1]);
    expect([...x.max().dataSync()]).toEqual([2, 5, 6]);
    const negative = x.map((rows) => mul(rows, -1));
    expect([...negative.max().dataSync()]).toEqual([-1, -3, -6]);
  });

  test('turns each sequence around within its own length', () => {
    fc.assert(
      fc.property(batches, ({ lengths, features }) => {
        const parts = lengths.map((n, i) => numbered([n, ...features], 100 * i));
        const width = features.reduce((a, b) => a * b, 1);
        const x = Sequence.fromArrays(parts);
        for (const [i, part] of x.reverse().toTensors().entries()) {
          const rows = chunks([...parts[i].dataSync()], width).reverse();
          expect([...part.dataSync()]).toEqual(rows.flat());
        }
        expect(x.reverse().reverse().rows.dataSync()).toEqual(x.rows.dataSync());
      }),
    );
  });

  test('brings a batch into its own order and back', () => {
    const x = Sequence.fromArrays(ragged);
    const states = tensor([[10], [20], [30]]);
    expect([...x.fromUserOrder(states).dataSync()]).toEqual([20, 10, 30]);
    expect(x.toUserOrder(x.fromUserOrder(states)).dataSync()).toEqual(states.dataSync());
    const three = Sequence.fromArrays([[1], [1, 2, 3], [1, 2]]);
    expect([...three.fromUserOrder(states).dataSync()]).toEqual([20, 30, 10]);
    expect([...three.toUserOrder(states).dataSync()]).toEqual([30, 10, 20]);
    expect(() => x.toUserOrder(zeros([2, 1]))).toThrow('toUserOrder: needs [3, …]; got [2, 1]');
  });

  test('keeps lengths through map and puts features side by side', () => {
    const x = Sequence.fromArrays(ragged);
    const y = x.map((rows) => add(rows, 0.5));
    const both = concatFeatures([x, y, x]);
    expect(both.features).toEqual([3]);
    expect([...both.last().dataSync()]).toEqual([2, 2.5, 2, 5, 5.5, 5, 6, 6.5, 6]);
    const single = Sequence.fromArrays([[[1]], [[2], [3], [4]], [[5], [6]]]);
    expect(() => concatFeatures([x, single])).toThrow(
      'concatFeatures: sequences must have the same lengths; got [2, 3, 1] in the first and [1, 3, 2] in number 2',
    );
    expect(() => concatFeatures([])).toThrow(ShapeError);
  });

  test('sends gradients through every way in and out', () => {
    const lengths = [2, 4, 1];
    const batch = numbered([3, 4, 2]);
    const check = (read: (x: Sequence) => ReturnType<Sequence['sum']>) =>
      gradcheck((x) => read(Sequence.fromBatch(mul(x, x), lengths)), [batch]);
    check((x) => x.toBatch());
    check((x) => x.toTensors()[1]);
    check((x) => x.first());
    check((x) => x.last());
    check((x) => x.sum());
    check((x) => x.mean());
    check((x) => x.max());
    check((x) => x.reverse().rows);
    check((x) => concatFeatures([x, x.reverse()]).rows);
    check((x) => x.toUserOrder(x.fromUserOrder(mul(x.last(), x.first()))));
    gradcheck(
      (a, b) => Sequence.fromArrays([mul(a, a), mul(b, a.shape[0])]).rows,
      [numbered([1, 2]), numbered([3, 2])],
    );
    gradcheck((x) => Sequence.fromBatch(mul(x, x)).toBatch(), [batch]);
  });

  test('lets no gradient out to what lies beyond the ends', () => {
    const x = ones([2, 3], { requiresGrad: true });
    sum(Sequence.fromBatch(x, [1, 3]).toBatch({ value: 5 })).backward();
    expect([...(x.grad?.dataSync() ?? [])]).toEqual([1, 0, 0, 1, 1, 1]);
  });
});

describe('a sequence refuses', () => {
  test('an empty batch and empty sequences', () => {
    expect(() => Sequence.fromArrays([])).toThrow(DataError);
    expect(() => Sequence.fromArrays([[1], [], [2]])).toThrow(
      'Sequence.fromArrays: a sequence needs at least one step; sequence 1 is of length 0. Leave such sequences out.',
    );
    expect(() => Sequence.fromArrays([[[1]], []])).toThrow(DataError);
    expect(() => Sequence.fromBatch(zeros([0, 3]))).toThrow(DataError);
    expect(() => Sequence.fromBatch(zeros([2, 0]))).toThrow('sequences 0, 1 are of length 0');
    expect(() => Sequence.fromBatch(zeros([2, 3]), [3, 0])).toThrow('sequence 1 is of length 0');
  });

  test('lengths that do not fit the batch', () => {
    expect(() => Sequence.fromBatch(zeros([2, 3]), [1])).toThrow(
      'Sequence.fromBatch: got 1 lengths for a batch of 2',
    );
    expect(() => Sequence.fromBatch(zeros([2, 3]), [4, 1])).toThrow(ShapeError);
    expect(() => Sequence.fromBatch(zeros([2, 3]), [1, 2.5])).toThrow('got 2.5 for sequence 1');
    expect(() => Sequence.fromBatch(zeros([2, 3]), [1, Number.NaN])).toThrow(DataError);
    expect(() => Sequence.fromBatch(zeros([2]))).toThrow('needs [batch, time, …features]; got [2]');
  });

  test('sequences of different features or dtypes', () => {
    expect(() => Sequence.fromArrays([[[1, 2]], [[1, 2, 3]]])).toThrow(
      'the same features; got [2] in sequence 0 and [3] in sequence 1',
    );
    expect(() => Sequence.fromArrays([Int32Array.of(1), [1.5]])).toThrow(DTypeError);
    expect(() => Sequence.fromArrays([1, 2])).toThrow('sequence 0 is a single number');
    expect(() => Sequence.fromArrays(['text' as never])).toThrow(DTypeError);
  });

  test('rows of another number', () => {
    const x = Sequence.fromArrays(ragged);
    expect(() => x.withRows(zeros([5, 1]))).toThrow('needs 6 rows, as there were; got [5, 1]');
    expect(() => x.map((rows) => sum(rows))).toThrow(ShapeError);
    expect(() => x.rowOf(0, 2)).toThrow(IndexError);
  });
});

function numbered(shape: number[], from = 1) {
  const size = shape.reduce((a, b) => a * b, 1);
  return fromValues(
    Float64Array.from({ length: size }, (_, i) => from + i),
    shape,
    'float64',
  );
}

function chunks(values: number[], width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, i) =>
    values.slice(i * width, (i + 1) * width),
  );
}
