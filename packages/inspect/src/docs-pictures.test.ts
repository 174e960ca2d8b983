import { fileURLToPath } from 'node:url';
import { GRU, gru, LSTM, lstm, Recurrent, RNN } from '@unroll/cells';
import { crossEntropy, Embedding, init, Linear, MLP, Module } from '@unroll/nn';
import { Adam } from '@unroll/optimizers';
import {
  manualSeed,
  ones,
  randomStream,
  relu,
  Sequence,
  sigmoid,
  sum,
  type Tensor,
} from '@unroll/tensor';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  activationDerivatives,
  diagram,
  drawDerivatives,
  drawGates,
  drawGateUnits,
  drawJacobians,
  drawLayers,
  drawSpectrum,
  drawValues,
  gateSaturation,
  layerGradients,
  recurrentSpectrum,
  stepJacobians,
  type Trace,
  trace,
} from './index.ts';

/** The pictures of docs/inspect.md; `vitest run packages/inspect -u` draws them anew. All in float64: the same anywhere. */
const folder = fileURLToPath(new URL('../../../docs/pictures/', import.meta.url));
const kept = (svg: string, name: string) =>
  expect(`${svg}\n`).toMatchFileSnapshot(`${folder}inspect-${name}.svg`);

const dtype = 'float64';
const text = 'the unrolled network remembers what it read. ';
const letters = [...new Set(text)].sort();
const ids = Array.from(text, (letter) => letters.indexOf(letter));

class Speller extends Module {
  readonly embedding = new Embedding({ numEmbeddings: letters.length, embeddingSize: 8, dtype });
  readonly lstm = new LSTM({ inputSize: 8, hiddenSize: 12, numLayers: 2, dtype });
  readonly head = new Linear({ inputSize: 12, outputSize: letters.length, dtype });
  override forward(x: Sequence): Sequence {
    return this.head.forward(this.lstm.forward(this.embedding.forward(x)).output);
  }
}

beforeEach(() => manualSeed(1));

describe('a net that has learned to spell one sentence', () => {
  let model: Speller;
  let traced: Trace;

  beforeAll(() => {
    manualSeed(1);
    model = new Speller();
    const optimizer = new Adam(model.parameters(), { lr: 0.02 });
    const x = Sequence.fromArrays([ids.slice(0, -1)], { dtype: 'int32' });
    const y = Sequence.fromArrays([ids.slice(1)], { dtype: 'int32' });
    for (let step = 0; step < 150; step++) {
      optimizer.zeroGrad();
      crossEntropy(model.forward(x), y).backward();
      optimizer.step();
    }
    traced = trace(model, x);
  });

  test('has gates over time', async () => {
    const gates = await gateSaturation(traced);
    await kept(drawGates(gates), 'gates');
    await kept(drawGateUnits(gates), 'gate-units');
  });

  test('has values over time', async () => {
    const labels = Array.from(text, (letter) => (letter === ' ' ? '␣' : letter));
    const last = await traced.layers[1].read();
    const short = Object.entries(last.values).map(([name, [first]]) => [
      name,
      [first.slice(0, 29)],
    ]);
    const layer = { ...last, values: Object.fromEntries(short) };
    await kept(drawValues(layer, { values: ['f', 'c', 'h'], labels }), 'values');
  });

  test('has a spectrum', async () => {
    await kept(drawSpectrum(await recurrentSpectrum(model.lstm)), 'spectrum');
  });

  test('has derivatives', async () => {
    await kept(drawDerivatives(await activationDerivatives(traced)), 'derivatives');
  });
});

test('step Jacobians of four untrained nets', async () => {
  const sizes = { inputSize: 8, hiddenSize: 16, dtype } as const;
  const nets = {
    'tanh RNN': new RNN(sizes),
    'ReLU RNN, U = 1.1·I': new RNN({
      ...sizes,
      nonlinearity: 'relu',
      init: { U: init.scaledIdentity(1.1) },
    }),
    GRU: new GRU(sizes),
    LSTM: new LSTM(sizes),
  };
  const x = randomStream('x').normal([1, 50, 8], { dtype });
  const found = Object.entries(nets).map(async ([name, net]) => {
    const { sequences } = await stepJacobians(trace(net, x).layers[0]);
    return [name, sequences[0]] as const;
  });
  await kept(drawJacobians(Object.fromEntries(await Promise.all(found))), 'jacobians');
});

test('gradients of two deep nets without recurrence', async () => {
  const norms = async (name: string, activation: (x: Tensor) => Tensor) => {
    const net = new MLP({
      inputSize: 8,
      hiddenSizes: new Array(8).fill(16),
      outputSize: 1,
      activation,
      dtype,
    });
    sum(net.forward(ones([4, 8], { dtype }))).backward();
    return (await layerGradients(net)).map(({ norm }, i) => ({
      name: `${name}, layer ${i}`,
      norm,
    }));
  };
  const layers = [...(await norms('σ', sigmoid)), ...(await norms('ReLU', relu))];
  await kept(drawLayers(layers), 'layers');
});

test('diagrams', async () => {
  await kept(diagram(lstm), 'lstm');
  await kept(diagram(gru), 'gru');
  const stacked = { inputSize: 8, hiddenSize: 16, numLayers: 2 } as const;
  await kept(
    diagram(new LSTM({ ...stacked, bidirectional: true }), { inputs: [...'read'] }),
    'unrolled',
  );
  await kept(
    diagram(new Recurrent({ ...stacked, cell: 'gru', connection: 'residual' }), { steps: 4 }),
    'residual',
  );
});
