import { DTypeError, reference, ShapeError } from '@unroll/backend';
import { expect, test } from 'vitest';
import { tensor } from '../core/create.ts';
import { useBackend } from '../core/engine.ts';
import { checkOperation } from '../testing/check-operation.ts';
import { expectClose } from '../testing/expect-close.ts';
import { normalize } from './normalize.ts';
import { sum } from './reduce.ts';

test('it makes rows of mean 0 and variance 1, with right first and second derivatives', () => {
  checkOperation({
    shapes: [[3, 4]],
    operation: (x) => normalize(x, { eps: 0.01 }),
    expected: (x) =>
      [0, 4, 8].map((from) => {
        const line = [...x.subarray(from, from + 4)];
        const mu = line.reduce((a, b) => a + b) / 4;
        const variance = line.reduce((a, b) => a + (b - mu) ** 2, 0) / 4;
        return line.map((value) => (value - mu) / Math.sqrt(variance + 0.01));
      }),
  });
});

test('composed, on a backend without the kernel, it gives the same', () => {
  const run = () => {
    const x = tensor(
      [
        [1, 2, -1],
        [10, 0, -10],
      ],
      { requiresGrad: true },
    );
    const y = normalize(x);
    sum(
      y.mul(
        tensor([
          [1, 2, 3],
          [-1, 0.5, 1],
        ]),
      ),
    ).backward();
    return { y: tensor(y.dataSync()), dx: tensor(x.grad!.dataSync()) };
  };
  const fused = run();
  const before = useBackend({ ...reference(), fused: {} });
  try {
    const composed = run();
    expectClose(composed.y, fused.y, 1e-6);
    expectClose(composed.dx, fused.dx, 1e-6);
  } finally {
    useBackend(before);
  }
});

test('it refuses scalars and ids', () => {
  expect(() => normalize(tensor(1))).toThrow(ShapeError);
  expect(() => normalize(tensor([1], { dtype: 'int32' }))).toThrow(DTypeError);
});
