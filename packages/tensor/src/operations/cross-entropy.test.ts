import { DTypeError, IndexError, reference, ShapeError } from '@unroll/backend';
import { describe, expect, test } from 'vitest';
import { tensor, zeros } from '../core/create.ts';
import { useBackend } from '../core/engine.ts';
import { checkOperation } from '../testing/check-operation.ts';
import { expectClose } from '../testing/expect-close.ts';
import { softmaxCrossEntropy } from './cross-entropy.ts';
import { sum } from './reduce.ts';

const ids = (values: number[]) => tensor(values, { dtype: 'int32' });

test('it is −log softmax at the id, with right first and second derivatives, and 0 where it is ignored', () => {
  checkOperation({
    shapes: [[4, 3]],
    operation: (x) => softmaxCrossEntropy(x, ids([2, 0, 7, 1]), { ignoreIndex: 7 }),
    expected: (x) =>
      [2, 0, -1, 1].map((id, row) => {
        const line = x.subarray(3 * row, 3 * row + 3);
        const mass = line.reduce((total, value) => total + Math.exp(value), 0);
        return id < 0 ? 0 : Math.log(mass) - line[id];
      }),
  });
});

describe('composed, on a backend without the kernel, it gives the same', () => {
  const values = [
    [1, 2, -1],
    [1e4, 0, -1e4],
    [0.5, 0.25, 3],
    [2, 2, 2],
  ];
  const run = () => {
    const x = tensor(values, { requiresGrad: true });
    const losses = softmaxCrossEntropy(x, ids([1, 2, -100, 0]));
    sum(losses.mul(tensor([1, 2, 3, 4]))).backward();
    return { losses: losses.dataSync(), gradient: x.grad!.dataSync() };
  };

  test('losses and gradients', () => {
    const fused = run();
    const before = useBackend({ ...reference(), fused: {} });
    try {
      const composed = run();
      expectClose(tensor(composed.losses), tensor(fused.losses), 1e-6);
      expectClose(tensor(composed.gradient), tensor(fused.gradient), 1e-6);
    } finally {
      useBackend(before);
    }
  });
});

test('ids that are no classes, of another shape or dtype are refused', () => {
  expect(() => softmaxCrossEntropy(zeros([2, 3]), ids([0, 3]))).toThrow(IndexError);
  expect(() => softmaxCrossEntropy(zeros([2, 3]), ids([0]))).toThrow(
    'softmaxCrossEntropy: needs logits [rows, classes] and an id for each row; got [2, 3] and ids [1]',
  );
  expect(() => softmaxCrossEntropy(zeros([3]), ids([0]))).toThrow(ShapeError);
  expect(() => softmaxCrossEntropy(zeros([1, 3]), zeros([1]))).toThrow(DTypeError);
});
