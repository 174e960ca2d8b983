import { AutogradError, type DType, UnsupportedError } from '@unroll/backend';
import { affine, cells, defineCell, LSTM, Recurrent, RNN } from '@unroll/cells';
import { Embedding, Linear, Module } from '@unroll/nn';
import {
  add,
  manualSeed,
  mul,
  noGrad,
  randomStream,
  Sequence,
  square,
  sum,
  type Tensor,
  tanh,
  tensor,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { trace } from './trace.ts';

beforeEach(() => manualSeed(5));

const sizes = { inputSize: 2, hiddenSize: 3 };

function draw(length: number, dtype: DType = 'float64'): Tensor {
  return randomStream('x').normal([length, 2], { dtype });
}

/** The sum of all squares: no loss treats two sequences together. */
const loss = ({ output }: { output: Sequence | Tensor }) =>
  sum(square(output instanceof Sequence ? output.rows : output));

/** One unit with weights that can be followed by hand. */
function byHand(): RNN {
  const rnn = new RNN({ inputSize: 1, hiddenSize: 1, dtype: 'float64' });
  const weights = { '0.W': [[0.5]], '0.U': [[-0.8]], '0.b': [0.1] };
  rnn.loadStateDict(
    Object.fromEntries(
      Object.entries(weights).map(([name, x]) => [name, tensor(x, { dtype: 'float64' })]),
    ),
  );
  return rnn;
}

const threeSteps = () => tensor([[[1], [0], [-2]]], { dtype: 'float64' });

describe('a trace', () => {
  test('of one unit has the numbers that one computes by hand', async () => {
    const { layers, output } = trace(byHand(), threeSteps());
    const h1 = Math.tanh(0.5 + 0.1);
    const h2 = Math.tanh(-0.8 * h1 + 0.1);
    const h3 = Math.tanh(-1 - 0.8 * h2 + 0.1);
    expectClose(layers[0].values.h.toBatch(), [[[h1], [h2], [h3]]], 1e-12);
    expectClose(output.output as Tensor, [[[h1], [h2], [h3]]], 1e-12);
    expectClose(layers[0].before.h.toBatch(), [[[0], [h1], [h2]]], 1e-12);
  });

  test('with a loss has the gradients that one computes by hand', () => {
    const last = ({ output }: { output: Sequence | Tensor }) =>
      sum(mul(output as Tensor, tensor([[[0], [0], [1]]], { dtype: 'float64' })));
    const { layers } = trace(byHand(), threeSteps(), { loss: last });
    const [, h2, h3] = layers[0].values.h.rows.dataSync();
    const d3 = 1 - h3 ** 2;
    const d2 = (1 - h2 ** 2) * -0.8;
    const flow = layers[0].gradients as Record<string, Sequence>;
    expectClose(flow.h.toBatch(), [[[d3 * -0.8 * d2], [d3 * -0.8], [1]]], 1e-12);
    expectClose(layers[0].arriving?.toBatch() as Tensor, [[[0], [0], [1]]], 0);
  });

  test.each(Object.entries(cells))(
    '%s: of a ragged batch it is those of the single sequences',
    (_, cell) => {
      const model = new Recurrent({
        cell,
        ...sizes,
        numLayers: 2,
        bidirectional: true,
        dtype: 'float64',
      });
      fc.assert(
        fc.property(
          fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 4 }),
          (lengths) => {
            const arrays = lengths.map((length) => draw(length));
            const together = trace(model, Sequence.fromArrays(arrays), { loss });
            for (const [i, array] of arrays.entries()) {
              const alone = trace(model, Sequence.fromArrays([array]), { loss });
              for (const [l, layer] of together.layers.entries()) {
                const one = alone.layers[l];
                expect(Object.keys(layer.values)).toEqual(Object.keys(one.values));
                for (const name of Object.keys(layer.values)) {
                  expectClose(layer.values[name].toTensors()[i], one.values[name].rows, 1e-12);
                  expectClose(
                    (layer.gradients as Record<string, Sequence>)[name].toTensors()[i],
                    (one.gradients as Record<string, Sequence>)[name].rows,
                    1e-9,
                  );
                }
              }
            }
          },
        ),
        { numRuns: 4 },
      );
    },
  );

  test('knows a cell of one’s own by its symbols', () => {
    const mine = defineCell({
      name: 'mine',
      states: ['a'],
      gates: ['a'],
      step({ x, a }, { W, U, b }) {
        const m = affine([x, W.a], [a, U.a], b.a);
        return { m, a: tanh(add(m, a)) };
      },
    });
    const { layers } = trace(
      new Recurrent({ cell: mine, ...sizes, dtype: 'float64' }),
      Sequence.fromArrays([draw(3)]),
    );
    expect(Object.keys(layers[0].values)).toEqual(['x', 'm', 'a']);
  });

  test('finds recurrent layers anywhere in a model, and tells a second run apart', () => {
    class Twice extends Module {
      readonly embedding = new Embedding({ numEmbeddings: 4, embeddingSize: 2 });
      readonly reader = new LSTM({ ...sizes, bidirectional: true });
      readonly head = new Linear({ inputSize: 6, outputSize: 1 });
      override forward(ids: Sequence): Sequence {
        const x = this.embedding.forward(ids);
        this.reader.forward(x.reverse());
        return this.head.forward(this.reader.forward(x).output);
      }
    }
    const ids = Sequence.fromArrays([[0, 1], [3]], { dtype: 'int32' });
    const { layers, output } = trace(new Twice(), ids, { loss: ({ rows }) => sum(rows) });
    expect(layers.map(({ name }) => name)).toEqual([
      'reader.0',
      'reader.0.backward',
      'reader.0 #2',
      'reader.0.backward #2',
    ]);
    expect(layers.map(({ gradients }) => gradients === undefined)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(output.lengths).toEqual([2, 1]);
  });

  test('takes a function in place of an input', () => {
    const lstm = new LSTM(sizes);
    const start = [{ h: tensor([[1, 2, 3]]), c: tensor([[0, 0, 0]]) }];
    const { layers, output } = trace(lstm, () => lstm.forward(tensor([[[1, 2]]]), start));
    expect(layers[0].before.h.rows.dataSync()).toEqual(Float32Array.of(1, 2, 3));
    expect(output.output.shape).toEqual([1, 1, 3]);
  });

  test('leaves a model as it was: no gradient, no carried state, no watcher', () => {
    const lstm = new LSTM({ ...sizes, stateful: true });
    const x = Sequence.fromArrays([draw(3, 'float32')]);
    lstm.forward(x);
    const carried = lstm.state;
    trace(lstm, x, { loss });
    expect(lstm.state).toBe(carried);
    expect(lstm.parameters().every(({ grad }) => grad === undefined)).toBe(true);
    const told = trace(lstm, x);
    noGrad(() => lstm.forward(x));
    expect(told.layers).toHaveLength(1);
  });

  test('reads as plain numbers, and as a table', async () => {
    const rnn = byHand();
    const ragged = Sequence.fromArrays([[[1]], [[1], [0]]], { dtype: 'float64' });
    const numbers = await trace(rnn, ragged).read();
    const [h1, h2] = [Math.tanh(0.6), Math.tanh(-0.8 * Math.tanh(0.6) + 0.1)];
    expect(JSON.parse(JSON.stringify(numbers))).toEqual({
      layers: [
        {
          name: '0',
          layer: 0,
          direction: 'forward',
          cell: 'RNN',
          values: {
            x: [[[1]], [[1], [0]]],
            h: [[[expect.closeTo(h1, 12)]], [[expect.closeTo(h1, 12)], [expect.closeTo(h2, 12)]]],
          },
        },
      ],
    });
    const text = await trace(rnn, ragged).layers[0].table({ sequence: 1 });
    expect(text.split('\n')).toEqual([
      '0, RNN, sequence 1',
      't  x       h',
      '1   1.000   0.537',
      '2   0.000  -0.318',
    ]);
  });

  test('refuses a table of what is not there', async () => {
    const [layer] = trace(byHand(), threeSteps()).layers;
    await expect(layer.table({ sequence: 1 })).rejects.toThrow(
      '0, RNN: has no sequence 1; there are 0',
    );
    await expect(layer.table({ values: ['f'] })).rejects.toThrow('has no value f; there are x, h');
    const misspelt = layer.table({ unit: 1 } as never);
    await expect(misspelt).rejects.toThrow("there is no option 'unit'");
  });

  test('refuses a model without recurrence, and a loss that is not computed from the output', () => {
    const linear = new Linear({ inputSize: 2, outputSize: 1 });
    expect(() => trace(linear, tensor([[1, 2]]))).toThrow(UnsupportedError);
    const constant = () => sum(tensor([1], { requiresGrad: true }));
    expect(() => trace(byHand(), threeSteps(), { loss: constant })).toThrow(AutogradError);
  });
});
