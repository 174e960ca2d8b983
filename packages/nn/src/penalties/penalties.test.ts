import { OptionError, ShapeError } from '@unroll/backend';
import { Sequence, type Tensor, tensor, zeros } from '@unroll/tensor';
import { checkOperation, expectClose } from '@unroll/tensor/testing';
import { describe, expect, test } from 'vitest';
import { activationL1, activationL2, temporalChange } from './activations.ts';
import { weightL1, weightL2 } from './weights.ts';

const reductions = ['mean', 'sum'] as const;
const ragged = (rows: Tensor) => Sequence.fromBatch(rows, [2, 3]);

describe('penalties have right first and second derivatives', () => {
  test.each(reductions)('on activations, reduced to %s', (reduction) => {
    for (const penalty of [activationL1, activationL2, temporalChange]) {
      checkOperation({
        shapes: [[2, 3, 2]],
        operation: (x) => penalty(ragged(x), { reduction }),
      });
      checkOperation({ shapes: [[2, 3, 2]], operation: (x) => penalty(x, { reduction }) });
    }
    checkOperation({
      shapes: [[2, 3, 2]],
      operation: (x) => temporalChange(ragged(x), { reduction, of: 'state' }),
    });
  });

  test('on weights', () => {
    const absolute = (x: Float64Array) => x.reduce((a, v) => a + Math.abs(v), 0);
    const squares = (x: Float64Array) => x.reduce((a, v) => a + v * v, 0);
    checkOperation({
      shapes: [[3, 2], [4]],
      operation: (W, b) => weightL1([W, b]),
      expected: (W, b) => absolute(W) + absolute(b),
    });
    checkOperation({
      shapes: [[3, 2], [4]],
      operation: (W, b) => weightL2([W, b]),
      expected: (W, b) => squares(W) + squares(b),
    });
  });
});

describe('penalties on activations', () => {
  const h = Sequence.fromArrays([
    [[3, 4]],
    [
      [0, 0],
      [6, 8],
      [0, 5],
    ],
  ]);

  test('see the rows that exist and nothing else', () => {
    expectClose(activationL1(h, { reduction: 'sum' }), 26);
    expectClose(activationL1(h), 26 / 8);
    expectClose(activationL2(h, { reduction: 'sum' }), 150);
    expectClose(activationL2(tensor([[1, -2]])), 2.5);
  });

  test('on change compare neighbouring steps of one sequence', () => {
    // Norms 0, 10, 5 in the only sequence with more than one step.
    expectClose(temporalChange(h, { reduction: 'sum' }), 125);
    expectClose(temporalChange(h), 62.5);
    expectClose(temporalChange(h, { of: 'state', reduction: 'sum' }), 36 + 64 + 36 + 9);
    expectClose(temporalChange(h, { of: 'state' }), 145 / 4);
    expectClose(
      temporalChange(
        tensor([
          [
            [0, 0],
            [6, 8],
          ],
        ]),
      ),
      100,
    );
  });

  test('on change are 0 where there is one step only', () => {
    for (const of of ['norm', 'state'] as const) {
      expectClose(temporalChange(zeros([2, 1, 3]), { of }), 0, 0);
    }
  });

  test('refuse other shapes and options', () => {
    expect(() => temporalChange(zeros([2, 3]))).toThrow(ShapeError);
    expect(() => temporalChange(zeros([1, 2, 3]), { of: 'both' as never })).toThrow(OptionError);
    expect(() => activationL1(zeros([1]), { reduction: 'none' as never })).toThrow(OptionError);
    expect(() => weightL2([])).toThrow(OptionError);
  });
});
