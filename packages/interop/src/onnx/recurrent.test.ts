import {
  affine,
  cells as builtIn,
  type Cell,
  defineCell,
  projectedLstm,
  Recurrent,
  type RecurrentResult,
  zoneout,
} from '@unroll/cells';
import {
  add,
  concat,
  manualSeed,
  mul,
  rowNorm,
  Sequence,
  sigmoid,
  softmax,
  sub,
  type Tensor,
  tanh,
  tensor,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { random, runOnnx, runtimeNames, shake } from '../testing/onnx-runtimes.ts';

beforeEach(() => manualSeed(3));

const lengths = tensor([3, 5, 1], { dtype: 'int32' });
const ragged = [3, 5, 1];

/** Not in ONNX: peepholes, a minimal gated unit, row normalisation, values side by side, a gate over everything. */
const others = {
  peephole: defineCell({
    name: 'peephole LSTM',
    states: ['h', 'c'],
    gates: ['i', 'f', 'g', 'o'],
    weights: ({ hiddenSize }) => ({ p: [hiddenSize] }),
    step({ x, h, c: old }, { W, U, b, p }) {
      const i = sigmoid(add(affine([x, W.i], [h, U.i], b.i), mul(p, old)));
      const f = sigmoid(affine([x, W.f], [h, U.f], b.f));
      const c = add(mul(f, old), mul(i, tanh(affine([x, W.g], [h, U.g], b.g))));
      return { c, h: mul(sigmoid(affine([x, W.o], [h, U.o], b.o)), tanh(c)) };
    },
  }),
  mgu: defineCell({
    name: 'MGU',
    states: ['h'],
    gates: ['f', 'n'],
    step({ x, h }, { W, U, b }) {
      const f = sigmoid(affine([x, W.f], [h, U.f], b.f));
      const n = tanh(affine([x, W.n], [mul(f, h), U.n], b.n));
      return { h: add(mul(sub(1, f), h), mul(f, n)) };
    },
  }),
  normed: defineCell({
    name: 'normed',
    states: ['h'],
    gates: ['h'],
    weights: ({ hiddenSize }) => ({ V: [2 * hiddenSize, hiddenSize], k: [hiddenSize] }),
    step({ x, h }, { W, U, b, V, k }) {
      const a = tanh(add(mul(rowNorm(affine([x, W.h], [h, U.h], b.h)), k), h));
      return { h: softmax(affine([concat([a, h], { axis: -1 }), V])) };
    },
  }),
} as const;

const cells: [string, Cell][] = [
  ...Object.entries(builtIn),
  ...Object.entries(others),
  ['an LSTM projected to 1', projectedLstm({ projSize: 1 })],
  ['an LSTM with zoneout', zoneout(builtIn.lstm, { h: 0.2, c: 0.1 })],
];

describe.each(runtimeNames)('in %s', (runtime) => {
  describe.each(cells)('a recurrent layer of %s', (_, cell) => {
    const build = (options: { numLayers: number; bidirectional: boolean; bias?: boolean }) =>
      shake(new Recurrent({ cell, inputSize: 4, hiddenSize: 3, ...options })).eval();

    test.each([
      { numLayers: 1, bidirectional: false },
      { numLayers: 2, bidirectional: true },
      { numLayers: 1, bidirectional: true, bias: false },
    ])('gives the same: %o', async (options) => {
      const layer = build(options);
      const x = random(2, 6, 4);
      const { output } = await runOnnx(runtime, layer, { input: x });
      expectClose(output, layer.forward(x).output);
    });

    test('gives the same for ragged rows, with states that go in and out', async () => {
      const layer = build({ numLayers: 2, bidirectional: true });
      const x = random(3, 5, 4);
      const state = layer.forward(random(3, 2, 4)).state;
      const feeds = Object.fromEntries(named(state).map(([name, h]) => [`initial.0.${name}`, h]));
      const results = await runOnnx(
        runtime,
        layer,
        { input: x, lengths, ...feeds },
        { lengths: true, states: true },
      );
      const expected = layer.forward(Sequence.fromBatch(x, ragged), state);
      expectClose(results.output, expected.output.toBatch());
      const finals = named(expected.state);
      expect(finals).toHaveLength(4 * cell.states.length);
      for (const [name, h] of finals) expectClose(results[`final.0.${name}`], h);
    });
  });

  describe.each(['gru', 'mgu'] as const)('a recurrent layer of %s', (cell) => {
    test.each(['sum', 'mul', 'average'] as const)('with mergeMode %s', async (mergeMode) => {
      const sizes = { inputSize: 4, hiddenSize: 4, numLayers: 2, bidirectional: true } as const;
      const layer = shake(new Recurrent({ cell, ...sizes, mergeMode, connection: 'residual' }));
      const x = random(3, 5, 4);
      const { output } = await runOnnx(runtime, layer, { input: x, lengths }, { lengths: true });
      expectClose(output, layer.forward(Sequence.fromBatch(x, ragged)).output.toBatch());
    });
  });
});

/** States by the names that the graph gives them. */
function named(state: RecurrentResult<Tensor>['state']): [string, Tensor][] {
  return state.flatMap(({ backward, ...ahead }, i) => [
    ...Object.entries(ahead).map(([name, h]): [string, Tensor] => [`${i}.${name}`, h as Tensor]),
    ...Object.entries(backward ?? {}).map(([name, h]): [string, Tensor] => [
      `${i}.backward.${name}`,
      h,
    ]),
  ]);
}
