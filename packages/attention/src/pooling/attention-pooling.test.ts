import { ShapeError } from '@unroll/backend';
import { roundingTolerance, tolerances } from '@unroll/backend/testing';
import {
  add,
  assign,
  concat,
  grad,
  gradcheck,
  manualSeed,
  matmul,
  mul,
  randomStream,
  reshape,
  Sequence,
  slice,
  softmax,
  sum,
  type Tensor,
  tanh,
  transpose,
  zeros,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { AttentionPooling } from './attention-pooling.ts';
import type { AttentionPoolingOptions, PoolingScore } from './options.ts';

beforeEach(() => manualSeed(4));

const draw = (shape: number[], dtype: 'float32' | 'float64' = 'float64') =>
  randomStream('test').normal(shape, { dtype });
const kinds: [PoolingScore, Partial<AttentionPoolingOptions>][] = [
  ['additive', { hiddenSize: 5 }],
  ['dot', {}],
  ['scaled-dot', { numHeads: 3 }],
  ['additive', { numHeads: 2, bias: false }],
];

/** The equations of the docstring for one sequence `[length, 4]`. */
function byHand({ keys, v, score }: AttentionPooling, x: Tensor): { y: Tensor; weights: Tensor } {
  const seen = () => {
    if (!keys) return mul(x, score === 'scaled-dot' ? 1 / 2 : 1);
    const product = matmul(x, keys.W);
    return tanh(keys.b ? add(product, keys.b) : product);
  };
  const weights = softmax(matmul(v, transpose(seen())));
  return { y: reshape(matmul(weights, x), [1, -1]), weights };
}

describe.each(kinds)('pooling with the score %s, %o', (score, options) => {
  const make = (more: Partial<AttentionPoolingOptions> = {}) => {
    const pooling = new AttentionPooling({ size: 4, score, ...options, ...more });
    // A bias that is not 0, and queries of a size that matters.
    for (const w of pooling.parameters()) assign(w, draw([...w.shape], w.dtype as 'float32'));
    return pooling;
  };

  test('is its equations over ragged sequences, and shows its weights', () => {
    const pooling = make({ dtype: 'float64' });
    const parts = [draw([3, 4]), draw([5, 4]), draw([1, 4])];
    const x = Sequence.fromArrays(parts);
    const expected = parts.map((part) => byHand(pooling, part));
    const y = concat(
      expected.map((each) => each.y),
      { axis: 0 },
    );
    expectClose(pooling.forward(x), y, tolerances.fixture.float64);
    const weights = pooling.weights(x);
    expect(weights.shape).toEqual([3, pooling.numHeads, 5]);
    for (const [i, { weights: own }] of expected.entries()) {
      const [heads, length] = own.shape;
      const row = reshape(slice(weights, { axis: 0, from: i, to: i + 1 }), [heads, 5]);
      const ended = concat([own, zeros([heads, 5 - length], { dtype: 'float64' })], { axis: 1 });
      expectClose(row, ended, tolerances.fixture.float64);
    }
  });

  test('has right derivatives of its input and weights', () => {
    const pooling = make({ dtype: 'float64' });
    gradcheck((x) => pooling.forward(Sequence.fromBatch(x, [3, 2])), [draw([2, 3, 4])]);
    const parts = [draw([3, 4]), draw([2, 4])];
    const weighted = (y: Tensor) => sum(mul(y, tanh(y)));
    const found = grad(weighted(pooling.forward(Sequence.fromArrays(parts))), pooling.parameters());
    const equations = parts.map((part) => byHand(pooling, part).y);
    const wanted = grad(weighted(concat(equations, { axis: 0 })), pooling.parameters());
    expect(found.length).toBe(pooling.keys ? (pooling.keys.b ? 3 : 2) : 1);
    for (const [i, gradient] of found.entries()) {
      expectClose(gradient, wanted[i], tolerances.fixture.float64);
    }
  });

  test('of a ragged batch gives what it gives to its single sequences', () => {
    const pooling = make();
    const lengths = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(lengths, (ns) => {
        const parts = ns.map((n) => draw([n, 4], 'float32'));
        const together = pooling.forward(Sequence.fromArrays(parts));
        const alone = parts.map((part) => pooling.forward(Sequence.fromArrays([part])));
        expectClose(together, concat(alone, { axis: 0 }), roundingTolerance(16, 2));
      }),
      { numRuns: 20 },
    );
  });
});

test('what cannot be is refused', () => {
  const pool = (options: object) => () => new AttentionPooling({ size: 4, ...options } as never);
  expect(pool({ score: 'general', numHeads: 0 })).toThrow(
    'numHeads must be a whole number above 0; got 0; score must be one of additive, dot, scaled-dot; got general',
  );
  expect(pool({ score: 'dot', hiddenSize: 3 })).toThrow('hiddenSize belong to an additive score');
  expect(pool({ heads: 3 })).toThrow("no option 'heads'");
  const pooling = new AttentionPooling({ size: 4 });
  expect(() => pooling.forward(Sequence.fromBatch(draw([1, 2, 3])))).toThrow(ShapeError);
});
