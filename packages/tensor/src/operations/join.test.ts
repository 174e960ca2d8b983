import { DTypeError, IndexError, OptionError, ShapeError } from '@unroll/backend';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assign } from '../core/assign.ts';
import { arange, tensor, zeros } from '../core/create.ts';
import { traceProgram } from '../recurrence/trace.ts';
import { checkOperation } from '../testing/check-operation.ts';
import { expectClose } from '../testing/expect-close.ts';
import { reshape } from './core.ts';
import { concat, split, stack } from './join.ts';
import { sum } from './reduce.ts';

describe('concat', () => {
  test('joins along any axis', () => {
    checkOperation({
      shapes: [[2], [1]],
      operation: (x, y) => concat([x, y]),
      expected: (x, y) => [...x, ...y],
    });
    checkOperation({
      shapes: [
        [2, 1],
        [2, 2],
      ],
      operation: (x, y) => concat([x, y], { axis: -1 }),
      expected: (x, y) => [0, 1].map((i) => [x[i], y[2 * i], y[2 * i + 1]]),
    });
    checkOperation({
      shapes: [
        [2, 1, 2],
        [2, 3, 2],
      ],
      operation: (...xs) => concat(xs, { axis: 1 }),
    });
  });

  test('takes one part, empty parts and a part twice', () => {
    checkOperation({ shapes: [[2, 2]], operation: (x) => concat([x]) });
    checkOperation({
      shapes: [[2], [0]],
      operation: (x, y) => concat([x, y, x]),
      expected: (x) => [...x, ...x],
    });
  });

  test('joins ids and masks', () => {
    const ids = concat([arange(2), arange(1)]);
    expect([ids.dtype, ...ids.dataSync()]).toEqual(['int32', 0, 1, 0]);
  });

  test('names the part that does not fit', () => {
    const wrong = () => concat([zeros([2, 3]), zeros([2, 4])]);
    expect(wrong).toThrow(ShapeError);
    expect(wrong).toThrow('concat: all axes but 0 must agree; part 0 is [2, 3], part 1 is [2, 4]');
    expect(() => concat([zeros([2]), arange(2)])).toThrow(DTypeError);
    expect(() => concat([zeros([2]), arange(2)])).toThrow('part 0 is float32, part 1 is int32');
    expect(() => concat([])).toThrow(OptionError);
    expect(() => concat([tensor(1), tensor(2)])).toThrow(IndexError);
  });
});

describe('stack', () => {
  test('puts tensors along a new axis', () => {
    checkOperation({
      shapes: [[2], [2]],
      operation: (x, y) => stack([x, y]),
      expected: (x, y) => [[...x], [...y]],
    });
    checkOperation({
      shapes: [[2], [2]],
      operation: (x, y) => stack([x, y], { axis: -1 }),
      expected: (x, y) => [0, 1].map((i) => [x[i], y[i]]),
    });
    checkOperation({
      shapes: [[], []],
      operation: (x, y) => stack([x, y]),
      expected: (x, y) => [x[0], y[0]],
    });
  });

  test('needs equal shapes', () => {
    const wrong = () => stack([zeros([2]), zeros([3])]);
    expect(wrong).toThrow(ShapeError);
    expect(wrong).toThrow('stack: shapes must be equal; part 0 is [2], part 1 is [3]');
    expect(() => stack([])).toThrow('stack: needs at least one tensor; got none');
    expect(() => stack([zeros([2])], { axis: 2 })).toThrow(IndexError);
  });
});

describe('split', () => {
  test('cuts into a number of equal parts, or into sizes', () => {
    checkOperation({
      shapes: [[2, 4]],
      operation: (x) => split(x, 2, { axis: 1 }),
      expected: (x) => [
        [x[0], x[1]],
        [x[4], x[5]],
      ],
    });
    checkOperation({
      shapes: [[4]],
      operation: (x) => split(x, [1, 0, 3]),
      expected: (x) => [x[0]],
    });
    expect(split(zeros([2, 6]), [1, 2, 3], { axis: -1 }).map((y) => y.shape)).toEqual([
      [2, 1],
      [2, 2],
      [2, 3],
    ]);
    expect(split(zeros([0, 2]), 2).map((y) => y.shape)).toEqual([
      [0, 2],
      [0, 2],
    ]);
  });

  test('a part that is not used gets gradient 0', () => {
    const x = tensor([1, 2, 3, 4], { requiresGrad: true });
    sum(split(x, 4)[2]).backward();
    expectClose(x.grad ?? x, [0, 0, 1, 0]);
  });

  test('a part along the first axis shares memory and version, one along another does not', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    const [, row] = split(x, 2);
    const [, column] = split(x, 2, { axis: 1 });
    assign(x, zeros([2, 2]));
    expectClose(row, [[0, 0]]);
    expectClose(column, [[2], [4]]);
    expect(row.storage).toBe(x.storage);
  });

  test('refuses parts that do not make up the axis', () => {
    expect(() => split(zeros([2, 10]), 3, { axis: -1 })).toThrow(ShapeError);
    expect(() => split(zeros([2, 10]), 3, { axis: -1 })).toThrow(
      'split: cannot cut axis -1 of [2, 10] into 3 equal parts. Give their sizes?',
    );
    expect(() => split(zeros([4]), [1, 2])).toThrow(
      'split: the sizes [1, 2] make 3; axis 0 of [4] has 4',
    );
    expect(() => split(zeros([4]), [-1, 5])).toThrow(ShapeError);
    expect(() => split(zeros([4]), 0)).toThrow(ShapeError);
  });

  test('and concat undo each other', () => {
    const cases = fc
      .tuple(
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
        fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
      )
      .map(([sizes, before, after]) => ({ sizes, before, after }));
    fc.assert(
      fc.property(cases, ({ sizes, before, after }) => {
        const length = sizes.reduce((a, b) => a + b, 0);
        const shape = [...before, length, ...after];
        const x = reshape(arange(shape.reduce((a, b) => a * b, 1)), shape);
        const axis = before.length;
        const parts = split(x, sizes, { axis });
        expect(parts.map((part) => part.shape[axis])).toEqual(sizes);
        expectClose(concat(parts, { axis }), x);
      }),
    );
  });
});

describe('inside a step', () => {
  const trace = (step: Parameters<typeof traceProgram>[2]) =>
    traceProgram('cell', { steps: { x: 2 }, states: { h: 4 }, parameters: {} }, step, ['h']);

  test('rows are joined and cut along their columns', () => {
    const program = trace(({ x, h }) => {
      const [first, , last] = split(h, [1, 2, 1], { axis: -1 });
      return { h: concat([first, x, last], { axis: 1 }) };
    });
    const kinds = program.values.map(({ kind }) => kind);
    expect(kinds).toContain('concat');
    expect(program.values.filter(({ kind }) => kind === 'columns')).toMatchObject([
      { window: [0, 1] },
      { window: [3, 4] },
    ]);
  });

  test('there is no other axis, and no tensor', () => {
    expect(() => trace(({ x, h }) => ({ h: concat([x, h]) }))).toThrow(
      'concat: a value inside a step is a row for each sequence and has axis 1 (or -1) only; got axis 0',
    );
    expect(() => trace(({ h }) => ({ h: split(h, 2)[0] }))).toThrow(IndexError);
    expect(() => trace(({ h }) => ({ h: split(h, 3, { axis: -1 })[0] }))).toThrow(
      'split: cannot cut a row of 4 columns into 3 equal parts',
    );
    const outside = zeros([1, 2]) as never;
    expect(() => trace(({ x }) => ({ h: concat([x, outside], { axis: -1 }) }))).toThrow(
      'concat: a step closes over a tensor (Tensor(float32 [1, 2])',
    );
  });
});
