import { DTypeError, IndexError, OptionError, ShapeError } from '@unroll/backend';
import { cast, mul, Sequence, square, sum, type Tensor, tensor, zeros } from '@unroll/tensor';
import { checkOperation, expectClose } from '@unroll/tensor/testing';
import { describe, expect, test } from 'vitest';
import { bceWithLogits } from './binary.ts';
import { crossEntropy } from './cross-entropy.ts';
import { halfSquaredError, huberLoss, l1Loss, mseLoss } from './distance.ts';
import type { Loss, LossOptions, Reduction } from './reduction.ts';

const reductions: Reduction[] = ['mean', 'sum', 'none'];
const ids = (values: number[]) => tensor(values, { dtype: 'int32' });
const onElements: Record<string, Loss<LossOptions>> = {
  bceWithLogits,
  mseLoss,
  halfSquaredError,
  l1Loss,
  huberLoss,
};
const none = { reduction: 'none' } as const;

describe.each(reductions)(
  'losses have right first and second derivatives, reduced to %s',
  (reduction) => {
    test.each(Object.entries(onElements))('%s', (_name, loss) => {
      checkOperation({
        shapes: [
          [3, 2],
          [3, 2],
        ],
        operation: (x, y) => loss(x, y, { reduction }),
      });
    });

    test('bceWithLogits with a weight for positives', () => {
      checkOperation({
        shapes: [[3, 2], [3, 2], [2]],
        operation: (x, y, posWeight) => bceWithLogits(x, y, { reduction, posWeight }),
      });
    });

    test('crossEntropy with all its options', () => {
      const target = ids([2, 0, 3, 1, -100]);
      checkOperation({
        shapes: [[5, 4]],
        operation: (x) => crossEntropy(x, target, { reduction }),
      });
      checkOperation({
        shapes: [[5, 4], [4]],
        range: [0.2, 2],
        operation: (x, weight) =>
          crossEntropy(x, target, { reduction, weight, labelSmoothing: 0.3, ignoreIndex: -100 }),
      });
    });
  },
);

describe('crossEntropy', () => {
  test('takes any number of axes before the classes', () => {
    const logits = tensor(
      [
        [
          [1, 2],
          [3, -1],
        ],
        [
          [0, 0],
          [5, 5],
        ],
      ],
      { dtype: 'float64' },
    );
    const target = tensor(
      [
        [0, 1],
        [1, 0],
      ],
      { dtype: 'int32' },
    );
    const losses = crossEntropy(logits, target, none);
    const expected = [Math.log(1 + Math.E), Math.log(1 + Math.exp(4)), Math.LN2, Math.LN2];
    expectClose(losses, [expected.slice(0, 2), expected.slice(2)]);
    expectClose(
      crossEntropy(tensor([1, 2], { dtype: 'float64' }), tensor(0, { dtype: 'int32' })),
      expected[0],
    );
  });

  test('gives sequences back unreduced, and ignores rows in them', () => {
    const logits = Sequence.fromArrays([
      [[0, 0]],
      [
        [0, 0],
        [0, 0],
      ],
    ]);
    const target = Sequence.fromArrays([[1], [-100, 0]], { dtype: 'int32' });
    const losses = crossEntropy(logits, target, none);
    expect(losses.lengths).toEqual([1, 2]);
    expectClose(losses.toBatch({ value: 9 }), [
      [Math.LN2, 9],
      [0, Math.LN2],
    ]);
    expectClose(crossEntropy(logits, target), Math.LN2);
    expectClose(crossEntropy(logits, target, { reduction: 'sum' }), 2 * Math.LN2);
  });

  test('has a mean of NaN when everything is ignored, as in PyTorch, and a sum of 0', () => {
    expectClose(crossEntropy(zeros([1, 2]), ids([-100])), Number.NaN);
    expectClose(crossEntropy(zeros([1, 2]), ids([-100]), { reduction: 'sum' }), 0);
  });

  test('names an id that is no class, and its place', () => {
    expect(() => crossEntropy(zeros([3, 4]), ids([0, 4, 1]))).toThrow(IndexError);
    expect(() => crossEntropy(zeros([3, 4]), ids([0, 4, 1]))).toThrow(
      'crossEntropy: id 4 at position [1] is out of range; valid ids are 0 to 3',
    );
    expect(() => crossEntropy(zeros([1, 4]), ids([-1]))).toThrow('id -1 at position [0]');
    const logits = Sequence.fromArrays([zeros([1, 4]), zeros([3, 4])]);
    const target = Sequence.fromArrays([[0], [1, 9, 2]], { dtype: 'int32' });
    expect(() => crossEntropy(logits, target)).toThrow('id 9 at step 1 of sequence 1');
  });

  test('refuses ids of another shape or dtype, and options that cannot be', () => {
    expect(() => crossEntropy(zeros([2, 3, 4]), zeros([2, 4], { dtype: 'int32' }))).toThrow(
      'crossEntropy: ids must have the shape of the logits without the last axis, the classes; got logits [2, 3, 4] and ids [2, 4]',
    );
    expect(() => crossEntropy(zeros([2, 3]), zeros([2]))).toThrow(DTypeError);
    expect(() => crossEntropy(zeros([]), ids([]))).toThrow(ShapeError);
    expect(() => crossEntropy(zeros([1, 3]), ids([0]), { weight: zeros([2]) })).toThrow(ShapeError);
    for (const labelSmoothing of [-0.1, 1.1, Number.NaN]) {
      expect(() => crossEntropy(zeros([1, 3]), ids([0]), { labelSmoothing })).toThrow(OptionError);
    }
  });
});

describe('losses at the borders', () => {
  const large = tensor([1e4, -1e4], { requiresGrad: true });
  const outcomes = { right: tensor([1, 0]), wrong: tensor([0, 1]) };

  test('of float32 logits are finite and exact, and so are their gradients', () => {
    const check = (y: Tensor, loss: number[], gradient: number[]) => {
      large.grad = undefined;
      expectClose(y, loss, 0);
      sum(y).backward();
      expectClose(large.grad as unknown as Tensor, gradient, 0);
    };
    check(bceWithLogits(large, outcomes.right, none), [0, 0], [0, 0]);
    check(bceWithLogits(large, outcomes.wrong, none), [1e4, 1e4], [1, -1]);
    check(bceWithLogits(large, outcomes.wrong, { ...none, posWeight: 3 }), [1e4, 3e4], [1, -3]);
    expectClose(crossEntropy(large, tensor(1, { dtype: 'int32' })), 2e4, 0);
    check(huberLoss(large, outcomes.right, none), [9998.5, 9999.5], [1, -1]);
    check(l1Loss(large, outcomes.right, none), [9999, 1e4], [1, -1]);
  });

  test('keep the digits of small probabilities', () => {
    const x = tensor([-40], { dtype: 'float64' });
    expectClose(bceWithLogits(x, zeros([1], { dtype: 'float64' })), Math.exp(-40), 1e-15);
  });

  test('let NaN through', () => {
    const x = tensor([[Number.NaN, 0]]);
    for (const loss of Object.values(onElements)) {
      expectClose(loss(x, zeros([1, 2])), Number.NaN);
    }
    expectClose(crossEntropy(x, ids([1])), Number.NaN);
  });
});

describe('halfSquaredError', () => {
  test("is the lectures' ½‖y − ŷ‖² for each row, with gradient ŷ − y", () => {
    const x = tensor(
      [
        [1, 2],
        [3, 5],
      ],
      { requiresGrad: true },
    );
    const y = tensor([
      [0, 4],
      [3, 3],
    ]);
    expectClose(halfSquaredError(x, y, none), [2.5, 2]);
    expectClose(halfSquaredError(x, y), 2.25);
    halfSquaredError(x, y, { reduction: 'sum' }).backward();
    expectClose(x.grad as Tensor, [
      [1, -2],
      [0, 2],
    ]);
    expectClose(halfSquaredError(tensor(3), tensor(1)), 2);
  });

  test('is half of the summed squared error', () => {
    checkOperation({
      shapes: [
        [4, 3],
        [4, 3],
      ],
      operation: (x, y) => halfSquaredError(x, y, { reduction: 'sum' }),
      expected: (x, y) => x.reduce((total, v, i) => total + (v - y[i]) ** 2 / 2, 0),
    });
  });
});

describe('losses refuse', () => {
  const [x, y] = [zeros([2, 3]), zeros([3])];
  const sequence = Sequence.fromArrays([[1], [1, 2]]);

  test.each(Object.entries(onElements))('what does not fit together: %s', (name, loss) => {
    expect(() => loss(x, y)).toThrow(
      `${name}: input and target must have the same shape; got [2, 3] and [3]`,
    );
    expect(() => loss(sequence, zeros([3]))).toThrow('got a sequence and a tensor');
    const other = Sequence.fromArrays([[1, 2], [1]]);
    expect(() => loss(sequence, other)).toThrow(
      `${name}: input and target must have the same lengths; got [1, 2] and [2, 1]`,
    );
    const reduction = 'average' as never;
    expect(() => loss(x, x, { reduction })).toThrow(OptionError);
  });

  test('a delta that is not above 0', () => {
    expect(() => huberLoss(x, x, { delta: 0 })).toThrow(OptionError);
    expect(() => huberLoss(x, x, { delta: Number.NaN })).toThrow(OptionError);
  });

  test('nothing that is a number: masks and ids are targets too', () => {
    const logits = tensor([2, -1], { dtype: 'float64' });
    const target = tensor([1, 0], { dtype: 'int32' });
    const expected = bceWithLogits(logits, cast(target, 'float64'));
    expectClose(bceWithLogits(logits, target), expected, 0);
    expectClose(bceWithLogits(logits, cast(target, 'bool')), expected, 0);
    expectClose(
      mseLoss(mul(logits, 1), target),
      sum(mul(square(tensor([1, -1], { dtype: 'float64' })), 0.5)),
    );
  });
});
