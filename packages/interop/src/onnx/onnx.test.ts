import { UnsupportedError } from '@unroll/backend';
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
import { Dropout, Embedding, LayerNorm, Linear, Module, RMSNorm, Sequential } from '@unroll/nn';
import {
  add,
  assign,
  concat,
  expm1,
  log1p,
  manualSeed,
  mul,
  randomStream,
  relu,
  reshape,
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
import * as ort from 'onnxruntime-node';
import { beforeEach, describe, expect, test } from 'vitest';
import { type ExportOnnxOptions, exportOnnx, type OnnxPart } from './export-onnx.ts';

beforeEach(() => manualSeed(3));

const random = (...shape: number[]) => randomStream('x').uniform(shape, { low: -1, high: 1 });

/** Weights of which none is 0, biases too. */
function shake<M extends Module>(module: M): M {
  for (const x of module.parameters()) assign(x, random(...x.shape));
  return module;
}

type Feeds = Readonly<Record<string, Tensor>>;

/** What the exported graph gives in onnxruntime. */
async function run(
  model: OnnxPart | readonly OnnxPart[],
  feeds: Feeds,
  options?: ExportOnnxOptions,
): Promise<Record<string, Tensor>> {
  const session = await ort.InferenceSession.create(await exportOnnx(model, options));
  const given = Object.entries(feeds).map(([name, x]) => {
    const { dtype, shape } = x;
    return [
      name,
      new ort.Tensor(dtype as 'float32', x.dataSync() as Float32Array, [...shape]),
    ] as const;
  });
  const results = await session.run(Object.fromEntries(given));
  return Object.fromEntries(
    Object.entries(results).map(([name, { data, dims }]) => [
      name,
      tensor(data as Float32Array, { shape: dims }),
    ]),
  );
}

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

describe.each(cells)('a recurrent layer of %s', (_, cell) => {
  const build = (options: { numLayers: number; bidirectional: boolean; bias?: boolean }) =>
    shake(new Recurrent({ cell, inputSize: 4, hiddenSize: 3, ...options })).eval();

  test.each([
    { numLayers: 1, bidirectional: false },
    { numLayers: 2, bidirectional: true },
    { numLayers: 1, bidirectional: true, bias: false },
  ])('gives the same in onnxruntime: %o', async (options) => {
    const layer = build(options);
    const x = random(2, 6, 4);
    const { output } = await run(layer, { input: x });
    expectClose(output, layer.forward(x).output);
  });

  test('gives the same for ragged rows, with states that go in and out', async () => {
    const layer = build({ numLayers: 2, bidirectional: true });
    const x = random(3, 5, 4);
    const state = layer.forward(random(3, 2, 4)).state;
    const feeds = Object.fromEntries(named(state).map(([name, h]) => [`initial.0.${name}`, h]));
    const results = await run(
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
    const { output } = await run(layer, { input: x, lengths }, { lengths: true });
    expectClose(output, layer.forward(Sequence.fromBatch(x, ragged)).output.toBatch());
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

describe('a stack', () => {
  test('of ids to classes gives the same in onnxruntime', async () => {
    const embedding = shake(new Embedding({ numEmbeddings: 7, embeddingSize: 4 }));
    const rnn = shake(new Recurrent({ cell: 'gru', inputSize: 4, hiddenSize: 3 }));
    const mgu = shake(new Recurrent({ cell: others.mgu, inputSize: 3, hiddenSize: 5 }));
    const norm = shake(new LayerNorm({ size: 5 }));
    const head = shake(new Linear({ inputSize: 5, outputSize: 2 }));
    const ids = tensor(
      [
        [3, 1, 4, 1],
        [5, 2, 6, 5],
      ],
      { dtype: 'int32' },
    );
    const parts = [embedding, new Dropout(), rnn, mgu, norm, head, softmax];
    const { output } = await run(parts, { input: ids });
    const y = mgu.forward(rnn.forward(embedding.forward(ids)).output).output;
    expectClose(output, softmax(head.forward(norm.forward(y))));
  });

  test('with tied weights gives the same in onnxruntime', async () => {
    const embedding = shake(new Embedding({ numEmbeddings: 7, embeddingSize: 4 }));
    const head = new Linear({ inputSize: 4, outputSize: 7, tied: embedding.W });
    const ids = tensor([3, 1, 4], { dtype: 'int32' });
    const { output } = await run([embedding, head], { input: ids });
    expectClose(output, head.forward(embedding.forward(ids)));
  });

  test.each([
    ['LayerNorm without gain', () => new LayerNorm({ size: 4, elementwiseAffine: false })],
    ['LayerNorm without bias', () => new LayerNorm({ size: 4, bias: false, eps: 0.1 })],
    ['RMSNorm', () => new RMSNorm({ size: 4 })],
    ['Linear without bias', () => new Linear({ inputSize: 4, outputSize: 2, bias: false })],
    [
      'nested Sequentials',
      () => new Sequential(new Sequential(new Linear({ inputSize: 4, outputSize: 3 }), relu), tanh),
    ],
  ] as const)('of rows: %s', async (_, make) => {
    const module = shake<Module & { forward(x: Tensor): Tensor }>(make());
    const x = random(5, 4);
    expectClose((await run(module, { input: x })).output, module.forward(x));
    const wide = reshape(random(6, 4), [2, 3, 4]);
    const options = { axes: ['batch', 'place'] };
    expectClose((await run(module, { input: wide }, options)).output, module.forward(wide));
  });

  test.each([
    ['expm1', expm1],
    ['log1p', log1p],
  ] as const)('computes %s near 0 without loss', async (_, fn) => {
    const identity = new Linear({ inputSize: 1, outputSize: 1, bias: false });
    assign(identity.W, tensor([[1]]));
    const x = tensor([[1e-6], [-1e-6], [0.3], [-0.4], [4]]);
    const { output } = await run([identity, fn], { input: x });
    const [found, expected] = [output.dataSync(), fn(x).dataSync()];
    found.forEach((y, i) => {
      expect(Math.abs(y / expected[i] - 1)).toBeLessThan(1e-5);
    });
  });
});

describe('what has no graph is refused by name', () => {
  class Own extends Module {
    readonly head = new Linear({ inputSize: 2, outputSize: 2 });
    override forward(): undefined {}
  }
  const rows = new Linear({ inputSize: 2, outputSize: 2 });

  test.each([
    ['a module of one’s own', [new Own()], 'Own has no graph'],
    [
      'float64 weights',
      [new Linear({ inputSize: 1, outputSize: 1, dtype: 'float64' })],
      'is float64',
    ],
    [
      'parts that do not fit',
      [rows, new LayerNorm({ size: 3 })],
      'LayerNorm needs 3 features and gets 2 features',
    ],
    [
      'an Embedding of rows',
      [rows, new Embedding({ numEmbeddings: 2, embeddingSize: 2 })],
      'put it first',
    ],
    ['a function first', [tanh], 'the first part must be a module'],
    ['a stack of nothing', [], 'the first part must be a module'],
    [
      'a function that is no graph of rows',
      [rows, (x: Tensor) => reshape(x, [-1])],
      'the function without a name cannot be written as a graph of rows',
    ],
  ] as const)('%s', async (_, parts, words) => {
    await expect(exportOnnx(parts)).rejects.toThrow(UnsupportedError);
    await expect(exportOnnx(parts)).rejects.toThrow(words);
  });

  test.each([
    ["connection 'highway'", { numLayers: 2, connection: 'highway' }],
    ['learnInitialState', { learnInitialState: true }],
  ] as const)('a recurrent layer with %s', async (words, options) => {
    const layer = new Recurrent({ cell: 'gru', inputSize: 2, hiddenSize: 2, ...options });
    await expect(exportOnnx(layer)).rejects.toThrow(`has ${words}, which the other side has not`);
  });

  test('a recurrent layer with two outputs', async () => {
    const options = {
      inputSize: 2,
      hiddenSize: 2,
      bidirectional: true,
      mergeMode: 'none',
    } as const;
    await expect(exportOnnx(new Recurrent({ cell: 'gru', ...options }))).rejects.toThrow(
      "has mergeMode 'none', two outputs",
    );
  });

  test('a misspelt option and axes that are one', async () => {
    await expect(exportOnnx(rows, { length: true } as never)).rejects.toThrow("no option 'length'");
    await expect(exportOnnx(rows, { axes: ['a', 'a'] })).rejects.toThrow('names that differ');
  });
});
