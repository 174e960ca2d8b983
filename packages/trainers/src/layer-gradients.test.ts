import { AutogradError } from '@unroll/backend';
import { Embedding, init, Linear, MLP, Module } from '@unroll/nn';
import {
  manualSeed,
  mul,
  ones,
  randomStream,
  sigmoid,
  sum,
  type Tensor,
  tensor,
} from '@unroll/tensor';
import { describe, expect, test } from 'vitest';
import { layerGradients } from './layer-gradients.ts';

describe('gradients by layer', () => {
  test('are norms over the own parameters of each module', async () => {
    const net = new MLP({
      inputSize: 2,
      hiddenSizes: [2],
      outputSize: 1,
      init: { W: init.constant(1) },
    });
    net.loadStateDict({
      ...net.stateDict(),
      'layers.0.b': tensor([0, 0]),
      'layers.1.b': tensor([0]),
    });
    sum(net.forward(tensor([[3, 4]]))).backward();
    // h = [7, 7]; dW₁ = h, db₁ = 1; dh = [1, 1], dW₀ = [3 3; 4 4], db₀ = [1, 1].
    expect(await layerGradients(net)).toEqual([
      { name: 'layers.0', norm: expect.closeTo(Math.sqrt(2 * 9 + 2 * 16 + 2), 5) },
      { name: 'layers.1', norm: expect.closeTo(Math.sqrt(2 * 49 + 1), 5) },
    ]);
  });

  test('vanish in a deep net of sigmoids and not in one of ReLU that starts by its rule', async () => {
    const fall = async (options: object): Promise<number> => {
      manualSeed(2);
      const hiddenSizes = new Array(9).fill(32);
      const net = new MLP({ inputSize: 32, hiddenSizes, outputSize: 32, ...options });
      sum(
        mul(net.forward(randomStream('x').normal([16, 32])), randomStream('dy').normal([16, 32])),
      ).backward();
      const layers = await layerGradients(net);
      return layers[0].norm / layers[9].norm;
    };
    expect(await fall({ activation: sigmoid })).toBeLessThan(1e-5);
    const kept = await fall({ init: { W: init.kaimingNormal() } });
    expect(kept).toBeGreaterThan(0.1);
    expect(kept).toBeLessThan(10);
  });

  test('count a tied weight once, name the model itself, and leave out what has no gradient', async () => {
    class Tied extends Module {
      readonly embedding = new Embedding({ numEmbeddings: 4, embeddingSize: 3 });
      readonly unused = new Linear({ inputSize: 1, outputSize: 1 });
      readonly head = new Linear({ inputSize: 3, outputSize: 4, tied: this.embedding.W });
      override forward(ids: Tensor): Tensor {
        return this.head.forward(this.embedding.forward(ids));
      }
    }
    const model = new Tied();
    sum(model.forward(tensor([1, 2], { dtype: 'int32' }))).backward();
    expect((await layerGradients(model)).map(({ name }) => name)).toEqual(['embedding', 'head']);
    const alone = new Linear({ inputSize: 2, outputSize: 1, bias: false });
    sum(alone.forward(ones([1, 2]))).backward();
    expect(await layerGradients(alone)).toEqual([
      { name: 'Linear', norm: expect.closeTo(Math.SQRT2, 5) },
    ]);
  });

  test('are refused before any backward pass', async () => {
    const net = new Linear({ inputSize: 1, outputSize: 1 });
    await expect(layerGradients(net)).rejects.toThrow(AutogradError);
    await expect(layerGradients(net)).rejects.toThrow('no parameter of this Linear has a gradient');
  });
});
