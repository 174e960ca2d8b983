import { DataError, OptionError, ShapeError, UnsupportedError } from '@unroll/backend';
import { roundingTolerance } from '@unroll/backend/testing';
import {
  concat,
  gradcheck,
  manualSeed,
  noGrad,
  randomStream,
  Sequence,
  selectRows,
  slice,
  sum,
  type Tensor,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { MultiHeadAttention } from '../multi-head/multi-head-attention.ts';
import { LearnedPositions } from '../positions/learned.ts';
import { TransformerDecoder } from './decoder.ts';
import { TransformerEncoder, type TransformerState } from './encoder.ts';
import { TransformerEncoderLayer } from './encoder-layer.ts';
import { FeedForward } from './feed-forward.ts';
import type { TransformerLayerOptions } from './options.ts';

beforeEach(() => manualSeed(5));

const draw = (shape: number[], dtype: 'float32' | 'float64' = 'float32') =>
  randomStream('test').normal(shape, { dtype });

const modern: Partial<TransformerLayerOptions> = {
  ...{ normFirst: true, norm: 'rms', activation: 'swiglu', rotary: true, numKvHeads: 1 },
  bias: false,
};

const kinds: [string, Partial<TransformerLayerOptions>][] = [
  ['as in the paper', {}],
  ['pre-norm with GELU', { normFirst: true, activation: 'gelu' }],
  ['with grouped queries, rotary positions, RMSNorm and SwiGLU', modern],
  ['with a window', { window: 3, rotary: true }],
];

describe.each(kinds)('causal layers %s', (_, options) => {
  const make = () =>
    new TransformerEncoder({ size: 8, numHeads: 2, numLayers: 2, causal: true, ...options });

  test('step by step give what the whole gives, in any pieces', () => {
    const model = make();
    const x = draw([2, 9, 8]);
    const whole = model.forward(Sequence.fromBatch(x)).output.toBatch();
    for (const pieces of [new Array<number>(9).fill(1), [4, 1, 1, 3]]) {
      let [at, state] = [0, undefined as TransformerState | undefined];
      const outputs: Tensor[] = [];
      for (const n of pieces) {
        const part = sliceTime(x, at, at + n);
        const result = noGrad(() => model.forward(Sequence.fromBatch(part), state));
        outputs.push(result.output.toBatch());
        state = result.state;
        at += n;
      }
      expectClose(concat(outputs, { axis: 1 }), whole, roundingTolerance(64, 2));
    }
  });

  test('go on from sequences of different lengths, each from its own end', () => {
    const model = make();
    const [x, more] = [draw([2, 5, 8]), draw([2, 2, 8])];
    const { state } = model.forward(Sequence.fromBatch(x, [5, 3]));
    const { output } = model.forward(Sequence.fromBatch(more), state);
    const alone = sliceTime(x, 0, 3);
    const second = concat([selectRows(alone, [1]), selectRows(more, [1])], { axis: 1 });
    const expected = sliceTime(model.forward(Sequence.fromBatch(second)).output.toBatch(), 3, 5);
    expectClose(selectRows(output.toBatch(), [1]), expected, roundingTolerance(64, 2));
  });

  test('of a ragged batch give what they give to its single sequences', () => {
    const model = make();
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 }),
        (ns) => {
          const parts = ns.map((n) => draw([n, 8]));
          const { output } = model.forward(Sequence.fromArrays(parts));
          for (const [i, y] of output.toTensors().entries()) {
            const alone = model.forward(Sequence.fromArrays([parts[i]])).output;
            expectClose(y, alone.rows, roundingTolerance(64, 2));
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test('have right derivatives with respect to their input', () => {
    const options64 = { ...options, dtype: 'float64' as const };
    const layer = new TransformerEncoderLayer({ size: 4, numHeads: 2, causal: true, ...options64 });
    gradcheck(
      (x) => layer.forward(Sequence.fromBatch(x, [3, 2])).output.rows,
      [draw([2, 3, 4], 'float64')],
    );
  });
});

describe('a state', () => {
  const model = () => new TransformerEncoder({ size: 8, numHeads: 2, numLayers: 1, causal: true });
  const one = (n: number) => Sequence.fromBatch(draw([1, n, 8]));

  test('can be gone on from twice: neither sees the other', () => {
    const encoder = model();
    noGrad(() => {
      const start = encoder.forward(one(4)).state;
      const first = encoder.forward(one(1), start).state;
      const [a, b, c] = [one(1), one(1), one(1)];
      const [left, right] = [encoder.forward(a, first), encoder.forward(b, first)];
      const leftAgain = encoder.forward(a, first);
      expectClose(leftAgain.output.rows, left.output.rows, 0);
      const next = encoder.forward(c, left.state).output.rows;
      encoder.forward(c, right.state);
      expectClose(encoder.forward(c, left.state).output.rows, next, 0);
    });
  });

  test('follows its rows, as beams do', () => {
    const encoder = model();
    const x = draw([3, 4, 8]);
    const next = draw([2, 1, 8]);
    const { state } = encoder.forward(Sequence.fromBatch(x, [4, 2, 3]));
    const chosen = selectRows(state, [2, 1]);
    const y = encoder.forward(Sequence.fromBatch(next), chosen).output.toBatch();
    const alone = (row: number, n: number, i: number) => {
      const rows = selectRows(sliceTime(x, 0, n), [row]);
      const before = encoder.forward(Sequence.fromBatch(rows)).state;
      return encoder.forward(Sequence.fromBatch(selectRows(next, [i])), before).output.toBatch();
    };
    const expected = concat([alone(2, 3, 0), alone(1, 2, 1)], { axis: 0 });
    expectClose(y, expected, roundingTolerance(64, 2));
  });

  test('holds no more steps than a window lets anybody see', () => {
    const options = { size: 8, numHeads: 2, numLayers: 1, causal: true, rotary: true, window: 4 };
    const encoder = new TransformerEncoder(options);
    let state: TransformerState | undefined;
    noGrad(() => {
      for (let step = 0; step < 20; step++) state = encoder.forward(one(1), state).state;
    });
    expect(state?.[0].k.shape).toEqual([1, 3, 8]);
    const ragged = encoder.forward(Sequence.fromBatch(draw([2, 6, 8]), [6, 2])).state[0];
    expect([...(ragged.length?.dataSync() ?? [])]).toEqual([3, 2]);
  });

  test('is refused to a layer that sees what comes after', () => {
    const encoder = new TransformerEncoder({ size: 8, numHeads: 2, numLayers: 1 });
    const result = encoder.forward(one(3));
    expect(() => result.state).toThrow(UnsupportedError);
    expect(() => encoder.forward(one(1), [{} as never])).toThrow('Build it with causal: true');
  });
});

test('a decoder step by step gives what the whole gives, and computes its memory once', () => {
  const decoder = new TransformerDecoder({ size: 8, numHeads: 2, numLayers: 2, normFirst: true });
  const memory = Sequence.fromBatch(draw([2, 6, 8]), [6, 4]);
  const x = draw([2, 3, 8]);
  const whole = decoder.forward(Sequence.fromBatch(x), memory).output.toBatch();
  let state: Parameters<typeof decoder.forward>[2];
  const outputs: Tensor[] = [];
  for (let t = 0; t < 3; t++) {
    const step = Sequence.fromBatch(sliceTime(x, t, t + 1));
    const result = decoder.forward(step, state ? undefined : memory, state);
    outputs.push(result.output.toBatch());
    state = result.state;
  }
  expectClose(concat(outputs, { axis: 1 }), whole, roundingTolerance(64, 2));
  expect(() => decoder.forward(Sequence.fromBatch(x), undefined)).toThrow('needs a memory');
});

test('dropout of weights leaves the expectation, and nothing in use', () => {
  const attention = new MultiHeadAttention({ size: 8, numHeads: 2, dropout: 0.5 });
  const x = Sequence.fromBatch(draw([1, 6, 8]));
  const used = attention.eval().forward(x).rows;
  attention.train();
  const runs = Array.from({ length: 400 }, () => noGrad(() => attention.forward(x).rows));
  const mean = runs.reduce((a, b) => a.add(b)).div(400);
  expectClose(mean, used, 0.15);
  expect(runs[0].dataSync()).not.toEqual(runs[1].dataSync());
});

test('what cannot be is refused', () => {
  const attend = (options: object) => () =>
    new MultiHeadAttention({ size: 8, numHeads: 2, ...options } as never);
  expect(attend({ numHeads: 3 })).toThrow('numHeads must divide size; got 3 and 8');
  expect(attend({ numHeads: 4, numKvHeads: 3 })).toThrow('numKvHeads must divide numHeads');
  expect(attend({ size: 6, rotary: true })).toThrow('must be even; got 3');
  expect(attend({ window: 0.5 })).toThrow(OptionError);
  expect(attend({ embedSize: 3 })).toThrow("no option 'embedSize'");
  expect(() => new FeedForward({ size: 4, activation: 'tanh' as never })).toThrow(
    'activation must be one of relu, gelu, swiglu; got tanh',
  );
  expect(() => new TransformerEncoder({ size: 8, numHeads: 2, numLayers: 0 })).toThrow(
    'numLayers must be a whole number above 0',
  );
  const attention = new MultiHeadAttention({ size: 8, numHeads: 2 });
  expect(() => attention.forward(Sequence.fromBatch(draw([1, 2, 6])))).toThrow(ShapeError);
  const positions = new LearnedPositions({ size: 8, maxLength: 4 });
  expect(() => positions.forward(Sequence.fromBatch(draw([1, 2, 8])), [3])).toThrow(DataError);
  expect(() => positions.forward(Sequence.fromBatch(draw([1, 5, 8])))).toThrow(
    'a sequence has 5 steps, and there are places for 4',
  );
  expect(sum(positions.forward(Sequence.fromBatch(draw([1, 4, 8]))).rows).shape).toEqual([]);
});

function sliceTime(x: Tensor, from: number, to: number): Tensor {
  return slice(x, { axis: 1, from, to });
}
