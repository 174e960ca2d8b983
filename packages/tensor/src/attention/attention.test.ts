import { DTypeError, OptionError, reference, ShapeError } from '@unroll/backend';
import { roundingTolerance } from '@unroll/backend/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { grad } from '../autograd/backward.ts';
import { fromValues, tensor, zeros } from '../core/create.ts';
import { useBackend } from '../core/engine.ts';
import type { Tensor } from '../core/tensor.ts';
import { mul } from '../operations/arithmetic.ts';
import { sum } from '../operations/reduce.ts';
import { Sequence } from '../sequence/sequence.ts';
import { checkOperation } from '../testing/check-operation.ts';
import { expectClose } from '../testing/expect-close.ts';
import { scaledDotProductAttention } from './attention.ts';
import type { AttentionOptions } from './options.ts';
import { attentionWeights, weightedSum } from './weights.ts';

const settings: [title: string, options: AttentionOptions, keys: number[]][] = [
  ['two heads', { heads: 2 }, [2, 4]],
  ['causal', { heads: 2, causal: true }, [3, 3]],
  ['a causal window', { heads: 2, causal: true, window: 2 }, [3, 3]],
  ['a window to both sides', { heads: 2, window: 2 }, [3, 3]],
  ['shared keys, another scale', { heads: 2, kvHeads: 1, scale: 0.3 }, [2, 4]],
];

const angles = Float64Array.from({ length: 8 }, (_, i) => (i % 2 ? Math.sin(i - 1) : Math.cos(i)));
const turns = (dtype: 'float32' | 'float64') => tensor(angles, { shape: [4, 2], dtype });

test.each(settings)('%s: right values, first and second derivatives', (_, options, keys) => {
  const queries = [2, 3];
  const groups = options.kvHeads ?? 2;
  const total = keys.reduce((a, b) => a + b);
  const of = (rows: Tensor, lengths: readonly number[]) =>
    Sequence.fromBatch(zeros([2, Math.max(...lengths), 1]), lengths).withRows(rows);
  checkOperation({
    shapes: [
      [5, 4],
      [total, 2 * groups],
      [total, 3 * groups],
    ],
    operation: (q, k, v) =>
      scaledDotProductAttention(of(q, queries), of(k, keys), of(v, keys), options).rows,
    expected: (q, k, v) => {
      const [qs, ks, vs] = [
        of(fromValues(q, [5, 4], 'float64'), queries),
        of(fromValues(k, [total, 2 * groups], 'float64'), keys),
        of(fromValues(v, [total, 3 * groups], 'float64'), keys),
      ];
      const weights = attentionWeights(qs, ks, options);
      return weightedSum(weights, vs, qs, groups).rows.dataSync() as Float64Array;
    },
  });
});

test('turned pairs: the kernel gives what is composed, with right derivatives', () => {
  const of = (rows: Tensor) => Sequence.fromBatch(zeros([1, 3, 1])).withRows(rows);
  checkOperation({
    shapes: [
      [3, 4],
      [3, 4],
      [3, 4],
    ],
    operation: (q, k, v) => {
      const options = { heads: 2, causal: true, turns: turns(q.dtype as 'float64') };
      return scaledDotProductAttention(of(q), of(k), of(v), options).rows;
    },
    expected: (...values) => {
      const [q, k, v] = values.map((x) => of(fromValues(x, [3, 4], 'float64')));
      const weights = attentionWeights(q, k, { heads: 2, causal: true, turns: turns('float64') });
      return weightedSum(weights, v, q).rows.dataSync() as Float64Array;
    },
  });
});

const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });

test('a ragged batch is its single sequences: the sum of losses and all gradients', () => {
  fc.assert(
    fc.property(lengths, fc.boolean(), (sizes, causal) => {
      const make = (seed: number) => sizes.map((n, i) => randomRows(n, 6, 17 * i + seed));
      const [q, k, v] = [make(1), make(2), make(3)];
      const run = (of: (x: Tensor[]) => Sequence[]) => {
        const parts = of(q).map((qs, i) =>
          scaledDotProductAttention(qs, of(k)[i], of(v)[i], { heads: 2, causal }),
        );
        const loss = parts.map(({ rows }) => sum(mul(rows, rows))).reduce((a, b) => a.add(b));
        return [loss, ...grad(loss, [...q, ...k, ...v])];
      };
      const together = run((x) => [Sequence.fromArrays(x)]);
      const alone = run((x) => x.map((one) => Sequence.fromArrays([one])));
      for (const [i, x] of alone.entries()) expectClose(together[i], x, roundingTolerance(64));
    }),
  );
});

test('composed, on a backend without the kernel, it gives the same', () => {
  const run = () => {
    const x = randomRows(7, 4, 5);
    const rows = Sequence.fromArrays([x, randomRows(3, 4, 6)]);
    const y = scaledDotProductAttention(rows, rows, rows, { heads: 2, causal: true, window: 3 });
    const [dx] = grad(sum(mul(y.rows, y.rows)), [x]);
    return { y: tensor(y.rows.dataSync()), dx: tensor(dx.dataSync()) };
  };
  const fused = run();
  const before = useBackend({ ...reference(), fused: {} });
  try {
    const composed = run();
    expectClose(composed.y, fused.y, roundingTolerance(16));
    expectClose(composed.dx, fused.dx, roundingTolerance(64));
  } finally {
    useBackend(before);
  }
});

test('weights sum to 1 over what is in sight, and are 0 elsewhere', () => {
  const x = Sequence.fromArrays([randomRows(3, 2, 1), randomRows(1, 2, 2)]);
  const weights = attentionWeights(x, x, { causal: true });
  expect(weights.shape).toEqual([2, 1, 3, 3]);
  const values = weights.dataSync();
  for (let t = 0; t < 3; t++) {
    const row = [...values.subarray(3 * t, 3 * t + 3)];
    expect(row.slice(t + 1)).toEqual(new Array(2 - t).fill(0));
    expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  }
  expect([...values.subarray(9, 12)]).toEqual([1, 0, 0]);
});

test('what does not fit is refused together, with both sides', () => {
  const rows = (batch: number[], width: number) =>
    Sequence.fromArrays(batch.map((n) => zeros([n, width])));
  const attend =
    (q: Sequence, k: Sequence, options?: AttentionOptions, v = k) =>
    () =>
      scaledDotProductAttention(q, k, v, options);
  expect(attend(rows([2], 4), rows([2], 6), { heads: 2 })).toThrow(
    "a head's queries and keys must have one size; got 2 and 3",
  );
  expect(attend(rows([2], 5), rows([2], 4), { heads: 2 })).toThrow(
    'queries must be rows of 2 heads side by side; got [5]',
  );
  expect(attend(rows([2, 2], 4), rows([2], 4), {}, rows([3], 4))).toThrow(
    'queries and keys must have one batch; got 2 and 1; keys and values must have the same lengths; got [2] in the first'.slice(
      0,
      93,
    ),
  );
  expect(attend(rows([3], 4), rows([2], 4), { causal: true })).toThrow(ShapeError);
  expect(attend(rows([3], 4), rows([2], 4), { causal: true })).toThrow(
    'sequence 0 has 3 queries and 2 keys',
  );
  expect(attend(rows([2], 4), rows([2], 4), { heads: 3, kvHeads: 2 })).toThrow(OptionError);
  expect(attend(rows([2], 4), rows([2], 4), { window: 0 })).toThrow('window must be');
  expect(attend(rows([2], 4), rows([2], 4), { scale: NaN })).toThrow('scale must be');
  expect(attend(rows([2], 4), rows([2], 4), { head: 2 } as never)).toThrow("no option 'head'");
  const ids = Sequence.fromArrays([[1, 2]], { dtype: 'int32' });
  expect(attend(ids, ids)).toThrow();
  const whole = ids.map((x) => (x.rank === 1 ? tensor([[1], [2]], { dtype: 'int32' }) : x));
  expect(attend(whole, whole)).toThrow(DTypeError);
});

/** Numbers from −1 to 1, the same for the same seed. */
function randomRows(count: number, width: number, seed: number): Tensor {
  const values = Float32Array.from({ length: count * width }, (_, i) => Math.sin(seed + 1.7 * i));
  return tensor(values, { shape: [count, width], requiresGrad: true });
}
