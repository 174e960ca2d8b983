import { LSTM } from '@unroll/cells';
import { crossEntropy, Linear, Module } from '@unroll/nn';
import { Adam, clipGradNorm, SGD } from '@unroll/optimizers';
import { Sequence, stack, type Tensor, tanh, transpose } from '@unroll/tensor';
import { expectClose, fixture } from '@unroll/tensor/testing';
import { describe, test } from 'vitest';

type Weights = Record<string, Tensor>;

interface Case {
  readonly name: string;
  readonly model: keyof typeof models;
  readonly optimizer: keyof typeof optimizers;
  readonly options: { readonly lr: number };
  readonly lengths: number[] | null;
  readonly clip: number | null;
  readonly input: Tensor;
  readonly target: Tensor;
  readonly start: Weights;
  readonly losses: Tensor;
  readonly norms: Tensor;
  readonly end: Weights;
}

type Rows = Tensor | Sequence;
const dtype = 'float64';

class Perceptron extends Module {
  readonly hidden = new Linear({ inputSize: 4, outputSize: 5, dtype });
  readonly head = new Linear({ inputSize: 5, outputSize: 3, dtype });

  override forward(x: Tensor): Tensor {
    return this.head.forward(tanh(this.hidden.forward(x)));
  }
}

class Tagger extends Module {
  readonly lstm = new LSTM({ inputSize: 4, hiddenSize: 3, dtype });
  readonly head = new Linear({ inputSize: 3, outputSize: 6, dtype });

  override forward(x: Sequence): Sequence {
    return this.head.forward(this.lstm.forward(x).output);
  }
}

const models = { perceptron: Perceptron, lstm: Tagger };
const optimizers = { SGD, Adam };
const { cases } = fixture<{ cases: Case[] }>(import.meta.url, 'training');

/** PyTorch's names and layout, in ours. The two biases of its LSTM move together, so one of them was frozen at zero. */
function ours(weights: Weights): Weights {
  const places: Record<string, string> = {
    'lstm.weight_ih_l0': 'lstm.0.W',
    'lstm.weight_hh_l0': 'lstm.0.U',
    'lstm.bias_ih_l0': 'lstm.0.b',
  };
  const renamed = Object.entries(weights).flatMap(([name, x]) => {
    if (name === 'lstm.bias_hh_l0') return [];
    const place = places[name] ?? name.replace('weight', 'W').replace('bias', 'b');
    return [[place, x.rank === 2 ? transpose(x) : x] as const];
  });
  return Object.fromEntries(renamed);
}

describe('ten training steps equal those of PyTorch', () => {
  test.each(cases)('$name', (expected) => {
    const { lengths, clip, options } = expected;
    const model: Module & { forward(x: Rows): Rows } = new models[expected.model]();
    model.loadStateDict(ours(expected.start));
    const optimizer = new optimizers[expected.optimizer](model.parameters(), options);
    const read = (x: Tensor) => (lengths ? Sequence.fromBatch(x, lengths) : x);
    const [x, y] = [read(expected.input), read(expected.target)];

    const losses: Tensor[] = [];
    const norms: Tensor[] = [];
    for (let step = 0; step < 10; step++) {
      const loss = crossEntropy(model.forward(x) as Tensor, y as Tensor);
      optimizer.zeroGrad();
      loss.backward();
      norms.push(clipGradNorm(model.parameters(), { max: clip ?? Number.POSITIVE_INFINITY }));
      optimizer.step();
      losses.push(loss.detach());
    }
    expectClose(stack(losses), expected.losses);
    expectClose(stack(norms), expected.norms);
    const end = model.stateDict();
    for (const [name, weight] of Object.entries(ours(expected.end))) expectClose(end[name], weight);
  });
});
