import { broadcast, DTypeError, ShapeError, UnsupportedError } from '@unroll/backend';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromValues, tensor, zeros } from '../core/create.ts';
import { Symbolic } from '../core/symbolic.ts';
import { Tensor } from '../core/tensor.ts';
import { traceProgram } from '../recurrence/trace.ts';
import { checkOperation } from '../testing/check-operation.ts';
import { expectClose } from '../testing/expect-close.ts';
import { broadcastTo } from './core.ts';
import { matmul } from './matmul.ts';
import { transpose } from './transpose.ts';

/** `[m, k] · [k, n]` in three loops. */
function naive(a: ArrayLike<number>, b: ArrayLike<number>, m: number, k: number, n: number) {
  const y = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      for (let p = 0; p < k; p++) y[i * n + j] += a[i * k + p] * b[p * n + j];
    }
  }
  return y;
}

function turned(x: Tensor): Tensor {
  const axes = x.shape.map((_, i) => i);
  return transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}

describe('matmul', () => {
  test.each([
    ['matrix · matrix', [2, 3], [3, 4]],
    ['a batch of matrices', [2, 2, 3], [2, 3, 2]],
    ['a batch · one matrix, whose rows are folded', [2, 2, 3], [3, 2]],
    ['two batch axes · one matrix', [2, 1, 2, 3], [3, 2]],
    ['one matrix · a batch', [2, 3], [2, 3, 2]],
    ['batch axes that stretch both ways', [2, 1, 2, 2], [3, 2, 2]],
    ['matrix · vector', [2, 3], [3]],
    ['vector · matrix', [3], [3, 2]],
    ['vector · vector', [3], [3]],
    ['a batch · vector', [2, 2, 3], [3]],
    ['vector · a batch', [3], [2, 3, 2]],
    ['inner size 1', [2, 1], [1, 3]],
  ])('%s', (_title, a, b) => {
    checkOperation({ shapes: [a, b], operation: (x, y) => matmul(x, y) });
  });

  test.each([
    [true, false],
    [false, true],
    [true, true],
  ])('with transposeA %s and transposeB %s', (transposeA, transposeB) => {
    const shapes = [
      [transposeA ? [3, 2] : [2, 3], transposeB ? [4, 3] : [3, 4]],
      [transposeA ? [2, 3, 2] : [2, 2, 3], transposeB ? [4, 3] : [3, 4]],
      [transposeA ? [3, 2] : [2, 3], transposeB ? [2, 4, 3] : [2, 3, 4]],
    ];
    for (const pair of shapes) {
      checkOperation({
        shapes: pair,
        operation: (x, y) => matmul(x, y, { transposeA, transposeB }),
      });
      const [a, b] = pair.map((shape, i) => filled(shape, i));
      const plain = matmul(transposeA ? turned(a) : a, transposeB ? turned(b) : b);
      expectClose(matmul(a, b, { transposeA, transposeB }), plain);
    }
  });

  test('equals naive loops for random sizes, batches and broadcasts', () => {
    const size = fc.integer({ min: 0, max: 4 });
    const front = fc.constantFrom([], [1], [2], [3, 1], [1, 2], [3, 2], [0]);
    fc.assert(
      fc.property(size, size, size, front, front, (m, k, n, frontA, frontB) => {
        const batch = broadcast(frontA, frontB);
        fc.pre(batch !== undefined);
        const a = filled([...frontA, m, k], 0);
        const b = filled([...frontB, k, n], 1);
        const y = matmul(a, b);
        expect(y.shape).toEqual([...(batch as number[]), m, n]);
        const left = broadcastTo(a, [...(batch as number[]), m, k]).dataSync();
        const right = broadcastTo(b, [...(batch as number[]), k, n]).dataSync();
        const products = Array.from({ length: m * n === 0 ? 0 : y.size / (m * n) }, (_, i) =>
          naive(left.slice(i * m * k), right.slice(i * k * n), m, k, n),
        );
        expectClose(y, Float64Array.from(products.flatMap((p) => [...p])), 1e-15);
      }),
    );
  });

  test('the product over an empty inner axis is 0', () => {
    expectClose(matmul(zeros([2, 0]), zeros([0, 2])), zeros([2, 2]));
    checkOperation({
      shapes: [
        [2, 0],
        [0, 3],
      ],
      operation: (x, y) => matmul(x, y),
    });
  });
});

describe('errors of matmul', () => {
  const words = (a: Tensor, b: Tensor, options = {}): string => {
    try {
      matmul(a, b, options);
    } catch (error) {
      expect(error).toBeInstanceOf(ShapeError);
      return (error as Error).message;
    }
    return 'no error';
  };

  test('name both sides and the way out', () => {
    expect(words(zeros([32, 64]), zeros([128, 64]))).toBe(
      'matmul: inner sizes must match; got [32, 64] and [128, 64] (64 ≠ 128). Transpose the second?',
    );
    expect(words(zeros([4, 2]), zeros([4, 3]))).toBe(
      'matmul: inner sizes must match; got [4, 2] and [4, 3] (2 ≠ 4). Transpose the first?',
    );
    expect(words(zeros([2, 3]), zeros([3, 4]), { transposeB: true })).toBe(
      'matmul: inner sizes must match; got [2, 3] and [3, 4]ᵀ (3 ≠ 4). Leave the second as it is?',
    );
    expect(words(zeros([2, 3]), zeros([3, 4]), { transposeA: true })).toBe(
      'matmul: inner sizes must match; got [2, 3]ᵀ and [3, 4] (2 ≠ 3). Leave the first as it is?',
    );
  });

  test('give no hint where a transpose would not help', () => {
    expect(words(zeros([2, 3]), zeros([4, 5]))).toBe(
      'matmul: inner sizes must match; got [2, 3] and [4, 5] (3 ≠ 4).',
    );
    expect(words(zeros([1]), zeros([4]))).toBe(
      'matmul: inner sizes must match; got [1] and [4] (1 ≠ 4).',
    );
  });

  test('name batch axes that do not fit, and scalars', () => {
    expect(words(zeros([2, 3, 4]), zeros([5, 4, 6]))).toBe(
      'matmul: the axes before the last two must match or be 1; got [2, 3, 4] and [5, 4, 6]',
    );
    expect(words(zeros([]), zeros([3]))).toBe(
      'matmul: needs vectors or matrices; got [] and [3]. Multiply by a scalar with mul()?',
    );
  });

  test('refuse ids and mixed precision', () => {
    const ids = zeros([2, 2], { dtype: 'int32' });
    expect(() => matmul(ids, zeros([2, 2]))).toThrow(DTypeError);
    const wide = zeros([2, 2], { dtype: 'float64' });
    expect(() => matmul(wide, zeros([2, 2]))).toThrow('matmul: got float32 and float64 together');
  });
});

describe('matmul inside a step', () => {
  const inputs = { steps: { x: 3 }, states: { h: 4 }, parameters: { W: [3, 4], U: [4, 4] } };
  const trace = (step: Parameters<typeof traceProgram>[2]) =>
    traceProgram('cell', inputs, step, ['h']);

  test('is an affine value with its transposition', () => {
    const program = trace(({ h }, { U }) => {
      const next = matmul(h, U, { transposeB: true });
      expect(next).toBeInstanceOf(Symbolic);
      return { h: next };
    });
    const affine = program.values.find(({ kind }) => kind === 'affine');
    expect(affine).toMatchObject({ terms: [{ transposed: true }] });
  });

  test('refuses tensors and a transposed row', () => {
    const weight = zeros([4, 4]);
    expect(() => trace(({ h }) => ({ h: matmul(h, weight as never) }))).toThrow(
      'matmul: a step closes over a tensor (Tensor(float32 [4, 4])',
    );
    expect(() =>
      trace(({ h }, { U }) => ({ h: matmul(h, U, { transposeA: true } as never) })),
    ).toThrow(UnsupportedError);
  });
});

/** Values that all differ. */
function filled(shape: readonly number[], seed: number): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float64Array.from({ length: size }, (_, i) => Math.sin(i + 10 * seed + 1));
  return fromValues(values, shape, 'float64');
}

test('the gradient of a shared matrix is one sum over the batch', () => {
  const w = tensor([[2]], { requiresGrad: true });
  const y = matmul(
    tensor([
      [[1], [2]],
      [[3], [4]],
    ]),
    w,
  );
  y.backward({
    gradient: tensor([
      [[1], [1]],
      [[1], [1]],
    ]),
  });
  expect(w.grad).toBeInstanceOf(Tensor);
  expectClose(w.grad as Tensor, [[10]]);
});
