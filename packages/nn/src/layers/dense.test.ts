import { OptionError, ShapeError } from '@unroll/backend';
import {
  add,
  assign,
  manualSeed,
  matmul,
  mul,
  noGrad,
  type Parameter,
  randomStream,
  relu,
  Sequence,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  transpose,
  zeros,
} from '@unroll/tensor';
import { checkOperation, expectClose } from '@unroll/tensor/testing';
import { describe, expect, test } from 'vitest';
import { constant } from '../init/constant.ts';
import { mseLoss } from '../losses/distance.ts';
import { Module } from '../module/module.ts';
import { Dropout } from './dropout.ts';
import { Embedding } from './embedding.ts';
import { Linear } from './linear.ts';
import { MLP } from './mlp.ts';
import { Sequential } from './sequential.ts';

describe('MLP', () => {
  test('is an affine map, the activation, …, an affine map', () => {
    const net = new MLP({ inputSize: 3, hiddenSizes: [5, 4], outputSize: 2 });
    const [a, b, c] = net.layers;
    const x = randomStream('x').normal([6, 3]);
    expectClose(net.forward(x), c.forward(relu(b.forward(relu(a.forward(x))))), 0);
    expect(Object.keys(net.stateDict())).toEqual(
      [0, 1, 2].flatMap((i) => [`layers.${i}.W`, `layers.${i}.b`]),
    );
    const sequence = Sequence.fromArrays([zeros([2, 3]), zeros([1, 3])]);
    expect(net.forward(sequence).features).toEqual([2]);
  });

  test('without hidden layers is one affine map, and takes what its layers take', () => {
    const net = new MLP({
      inputSize: 2,
      hiddenSizes: [],
      outputSize: 1,
      bias: false,
      init: { W: constant(2) },
    });
    expectClose(net.forward(tensor([[1, 3]])), [[8]]);
    expect(net.layers[0].b).toBeUndefined();
  });

  test('drops out behind hidden layers while training only', () => {
    const net = new MLP({
      inputSize: 2,
      hiddenSizes: [50],
      outputSize: 1,
      dropout: 0.5,
      activation: tanh,
    });
    const run = () => net.forward(tensor([[1, 3]])).itemSync();
    expect(run()).not.toBe(run());
    net.eval();
    expect(run()).toBe(run());
  });

  test('has right first and second derivatives', () => {
    const net = new MLP({ inputSize: 2, hiddenSizes: [3], outputSize: 2, activation: tanh });
    const [first, second] = net.layers;
    checkOperation({
      shapes: [[4, 2], [2, 3], [3], [3, 2], [2]],
      operation: (x, ...weights) => {
        Object.assign(first, { W: weights[0], b: weights[1] });
        Object.assign(second, { W: weights[2], b: weights[3] });
        return net.forward(x);
      },
    });
  });

  test('refuses sizes and options that are none', () => {
    const sizes = { inputSize: 2, hiddenSizes: [3], outputSize: 1 };
    expect(() => new MLP({ ...sizes, hiddenSizes: [3, 0] })).toThrow(
      'MLP: hiddenSizes[1] must be a whole number above 0; got 0',
    );
    expect(() => new MLP({ ...sizes, hiddenSizes: 3 as never })).toThrow(
      'hiddenSizes must be an array; got 3',
    );
    expect(() => new MLP({ ...sizes, ...{ hiddenSize: 3 } })).toThrow(
      "MLP: there is no option 'hiddenSize'",
    );
    expect(() => new MLP({ ...sizes, dropout: 2 })).toThrow(OptionError);
  });
});

describe('tied weights', () => {
  const sizes = { numEmbeddings: 5, embeddingSize: 3 };

  class Tied extends Module {
    readonly embedding = new Embedding(sizes);
    readonly head = new Linear({ inputSize: 3, outputSize: 5, tied: this.embedding.W });
    override forward(ids: Tensor): Tensor {
      return this.head.forward(tanh(this.embedding.forward(ids)));
    }
  }
  const ids = tensor([1, 4, 1], { dtype: 'int32' });

  test('are one parameter, used as it is and transposed, with both gradients', () => {
    const model = new Tied();
    const { W } = model.embedding;
    const x = randomStream('x').normal([2, 3]);
    const own = add(matmul(x, transpose(W)), model.head.b as Tensor);
    expectClose(model.head.forward(x), own);
    sum(square(model.forward(ids))).backward();
    const tied = W.grad as Tensor;
    const apart = [new Embedding(sizes), new Linear({ inputSize: 3, outputSize: 5 })] as const;
    apart[0].loadStateDict({ W });
    apart[1].loadStateDict({ W: transpose(W.detach()), b: model.head.b as Tensor });
    sum(square(apart[1].forward(tanh(apart[0].forward(ids))))).backward();
    expectClose(tied, add(apart[0].W.grad as Tensor, transpose(apart[1].W.grad as Tensor)));
  });

  test('are saved once, loaded into both, and counted once', () => {
    const [model, other] = [new Tied(), new Tied()];
    expect(Object.keys(model.stateDict())).toEqual(['embedding.W', 'head.b']);
    expect(model.parameters()).toHaveLength(2);
    other.loadStateDict(model.stateDict());
    expectClose(other.forward(ids), model.forward(ids), 0);
    expect(other.head.W).toBe(other.embedding.W);
  });

  test('have the gradient of both uses, by differences', () => {
    const [embedding, head] = [
      new Embedding(sizes),
      new Linear({ inputSize: 3, outputSize: 5, tied: new Embedding(sizes).W }),
    ];
    checkOperation({
      shapes: [[5, 3], [5]],
      operation: (W, b) => {
        Object.assign(embedding, { W });
        Object.assign(head, { W, b });
        return head.forward(tanh(embedding.forward(ids)));
      },
    });
  });

  test('refuse another shape, and options that are theirs already', () => {
    const { W } = new Embedding(sizes);
    expect(() => new Linear({ inputSize: 5, outputSize: 3, tied: W })).toThrow(ShapeError);
    expect(() => new Linear({ inputSize: 5, outputSize: 3, tied: W })).toThrow(
      "Linear: tied must be a parameter [outputSize, inputSize] = [3, 5]; got [5, 3]. An embedding's W is [numEmbeddings, embeddingSize].",
    );
    const fitting = { inputSize: 3, outputSize: 5 };
    expect(() => new Linear({ ...fitting, tied: new Embedding(sizes) as never })).toThrow(
      'got object',
    );
    expect(() => new Linear({ ...fitting, tied: W, init: { W: constant(1) } })).toThrow(
      'leave out init.W',
    );
    expect(() => new Linear({ ...fitting, tied: W, dtype: 'float64' })).toThrow(
      'Linear: a tied weight keeps its values and its dtype, float32; leave out dtype',
    );
  });
});

describe('an autoencoder', () => {
  // Points on a curve in eight dimensions, which one number says; a straight line through them leaves much.
  const points = (): Tensor => {
    const t = randomStream('points').uniform([64, 1], { low: -1, high: 1 });
    const slopes = tensor([[1, -2, 0.5, 3, -1, 2, -0.5, 1.5]]);
    return tanh(matmul(t, slopes));
  };

  test('learns to say a point of a curve in one number, much better than their mean', () => {
    manualSeed(3);
    const [encoder, decoder] = [
      new MLP({ inputSize: 8, hiddenSizes: [16], outputSize: 1, activation: tanh }),
      new MLP({ inputSize: 1, hiddenSizes: [16], outputSize: 8, activation: tanh }),
    ];
    const model = new Sequential(encoder, decoder);
    const first = train(model, (x) => x, 400);
    expect(first.after).toBeLessThan(first.before / 20);
  });

  test('that is shown points with gaps learns to fill them', () => {
    manualSeed(3);
    const noise = new Dropout({ p: 0.25 });
    const net = { inputSize: 8, hiddenSizes: [24, 2, 24], outputSize: 8, activation: tanh };
    const model = new MLP(net);
    const { before, after } = train(model, (x) => noise.forward(x), 600);
    // The error of gaps that stay: what dropping out does to the points.
    const left = mseLoss(noise.forward(points()), points()).itemSync();
    expect(after).toBeLessThan(before / 4);
    expect(after).toBeLessThan(left / 4);
  });

  function train(
    model: Module & { forward(x: Tensor): Tensor },
    spoil: (x: Tensor) => Tensor,
    steps: number,
  ) {
    const losses = Array.from({ length: steps }, () => {
      const x = points();
      const loss = mseLoss(model.forward(spoil(x)), x);
      for (const p of model.parameters()) p.grad = undefined;
      loss.backward();
      noGrad(() => model.parameters().forEach(descend));
      return loss.itemSync();
    });
    const mean = (from: number, to: number) =>
      losses.slice(from, to).reduce((a, x) => a + x) / (to - from);
    return { before: mean(0, 5), after: mean(steps - 20, steps) };
  }

  function descend(p: Parameter): void {
    if (p.grad) assign(p, sub(p, mul(p.grad, 0.5)));
  }
});
