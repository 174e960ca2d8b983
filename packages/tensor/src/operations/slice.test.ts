import { AutogradError, IndexError, OptionError, ShapeError } from '@unroll/backend';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assign } from '../core/assign.ts';
import { arange, tensor, zeros } from '../core/create.ts';
import { checkOperation } from '../testing/check-operation.ts';
import { expectClose } from '../testing/expect-close.ts';
import { square } from './arithmetic.ts';
import { reshape } from './core.ts';
import { sum } from './reduce.ts';
import { flip, pad, slice } from './slice.ts';

describe('slice', () => {
  test('is a window along an axis', () => {
    checkOperation({
      shapes: [[4]],
      operation: (x) => slice(x, { from: 1, to: 3 }),
      expected: (x) => [x[1], x[2]],
    });
    checkOperation({
      shapes: [[2, 3]],
      operation: (x) => slice(x, { axis: 1, from: -2 }),
      expected: (x) => [
        [x[1], x[2]],
        [x[4], x[5]],
      ],
    });
    checkOperation({ shapes: [[2, 3, 2]], operation: (x) => slice(x, { axis: -2, to: -1 }) });
  });

  test('goes by steps, forwards and backwards', () => {
    checkOperation({
      shapes: [[5]],
      operation: (x) => slice(x, { from: 1, step: 2 }),
      expected: (x) => [x[1], x[3]],
    });
    checkOperation({
      shapes: [[5]],
      operation: (x) => slice(x, { step: -2 }),
      expected: (x) => [x[4], x[2], x[0]],
    });
    checkOperation({
      shapes: [[2, 4]],
      operation: (x) => slice(x, { axis: 1, from: -2, to: 0, step: -1 }),
      expected: (x) => [
        [x[2], x[1]],
        [x[6], x[5]],
      ],
    });
  });

  test('takes what the same slice of an array takes', () => {
    const index = fc.option(fc.integer({ min: -6, max: 6 }), { nil: undefined });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6 }), index, index, (length, from, to) => {
        fc.pre([from, to].every((i) => i === undefined || Math.abs(i) <= length));
        const wanted = Array.from({ length }, (_, i) => i).slice(from, to);
        expect([...slice(arange(length), { from, to }).dataSync()]).toEqual(wanted);
      }),
    );
  });

  test('may be empty', () => {
    expect(slice(zeros([3, 2]), { from: 3 }).shape).toEqual([0, 2]);
    expect(slice(zeros([3, 2]), { axis: 1, from: 1, to: 1 }).shape).toEqual([3, 0]);
    expect(slice(zeros([3]), { from: 2, to: 1 }).shape).toEqual([0]);
    expect(slice(zeros([0]), { step: -1 }).shape).toEqual([0]);
    checkOperation({ shapes: [[3]], operation: (x) => [slice(x, { to: 0 }), slice(x)] });
  });

  test('a leading window shares memory and version; another axis and a step copy', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    const [window, column, stepped] = [
      slice(x, { from: 1 }),
      slice(x, { axis: 1, from: 1 }),
      slice(x, { step: -1 }),
    ];
    expect(window.storage).toBe(x.storage);
    assign(x, zeros([2, 2]));
    expect(window.storage.version).toBe(1);
    expectClose(window, [[0, 0]]);
    expectClose(column, [[2], [4]]);
    expectClose(stepped, [
      [3, 4],
      [1, 2],
    ]);
  });

  test('a write to the source of a saved window stops backward', () => {
    const source = tensor([1, 2, 3]);
    const w = tensor([2], { requiresGrad: true });
    const y = sum(slice(source, { from: 2 }).mul(w));
    assign(source, zeros([3]));
    expect(() => y.backward()).toThrow(AutogradError);
    expect(() => y.backward()).toThrow(
      'mul saved a value [1] at version 0, and assign has written',
    );
  });

  test('refuses indices out of range, a step of 0 and scalars', () => {
    expect(() => slice(zeros([2, 3]), { axis: 1, to: 4 })).toThrow(IndexError);
    expect(() => slice(zeros([2, 3]), { axis: 1, to: 4 })).toThrow(
      'slice: to 4 is out of range; axis 1 of [2, 3] takes -3 to 3',
    );
    expect(() => slice(zeros([3]), { from: 3, step: -1 })).toThrow(
      'slice: from 3 is out of range; axis 0 of [3] takes -3 to 2',
    );
    expect(() => slice(zeros([3]), { from: 0.5 })).toThrow(IndexError);
    expect(() => slice(zeros([3]), { step: 0 })).toThrow(OptionError);
    expect(() => slice(tensor(1))).toThrow('slice: axis 0 does not exist in []');
  });
});

describe('pad', () => {
  test('puts a value around', () => {
    checkOperation({
      shapes: [[2]],
      operation: (x) => pad(x, [[1, 2]], { value: 9 }),
      expected: (x) => [9, x[0], x[1], 9, 9],
    });
    checkOperation({
      shapes: [[2, 1]],
      operation: (x) =>
        pad(x, [
          [1, 0],
          [0, 1],
        ]),
      expected: (x) => [
        [0, 0],
        [x[0], 0],
        [x[1], 0],
      ],
    });
    checkOperation({ shapes: [[]], operation: (x) => pad(x, []), expected: (x) => x[0] });
    expectClose(pad(zeros([0]), [[1, 1]], { value: 5 }), [5, 5]);
  });

  test('keeps the dtype', () => {
    expect(pad(arange(2), [[1, 0]], { value: -1 }).dtype).toBe('int32');
  });

  test('needs a pair of whole numbers for each axis', () => {
    expect(() => pad(zeros([2, 2]), [[1, 1]])).toThrow(ShapeError);
    expect(() => pad(zeros([2, 2]), [[1, 1]])).toThrow(
      'pad: needs [before, after] ≥ 0 for each axis of [2, 2]; got [[1,1]]',
    );
    expect(() => pad(zeros([2]), [[-1, 0]])).toThrow(ShapeError);
  });

  test('is undone by the window inside', () => {
    const width = fc.tuple(fc.nat(2), fc.nat(2));
    fc.assert(
      fc.property(fc.nat(3), fc.nat(3), width, width, (rows, columns, top, side) => {
        const x = reshape(arange(rows * columns), [rows, columns]);
        const padded = pad(x, [top, side], { value: 7 });
        const inner = slice(padded, { from: top[0], to: top[0] + rows });
        expectClose(slice(inner, { axis: 1, from: side[0], to: side[0] + columns }), x);
        const border = padded.size - x.size;
        expect(sum(padded).itemSync()).toBe(sum(x).itemSync() + 7 * border);
      }),
    );
  });
});

describe('flip', () => {
  test('turns one axis around, or several', () => {
    checkOperation({
      shapes: [[3]],
      operation: (x) => flip(x, { axis: 0 }),
      expected: (x) => [x[2], x[1], x[0]],
    });
    checkOperation({
      shapes: [[2, 2]],
      operation: (x) => flip(x, { axis: [0, -1] }),
      expected: (x) => [
        [x[3], x[2]],
        [x[1], x[0]],
      ],
    });
    checkOperation({ shapes: [[2, 3, 2]], operation: (x) => square(flip(x, { axis: 1 })) });
  });

  test('leaves empty tensors empty', () => {
    expect(flip(zeros([0, 2]), { axis: 0 }).shape).toEqual([0, 2]);
  });

  test('refuses an axis that does not exist', () => {
    expect(() => flip(zeros([2]), { axis: 1 })).toThrow(IndexError);
  });
});
