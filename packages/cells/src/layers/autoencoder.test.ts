import { crossEntropy, Embedding, Linear } from '@unroll/nn';
import {
  argmax,
  assign,
  manualSeed,
  mul,
  noGrad,
  type Parameter,
  Sequence,
  sub,
  zeros,
} from '@unroll/tensor';
import { expect, test } from 'vitest';
import { LSTM } from './layers.ts';

test('a sequence autoencoder learns to say ragged sequences again from their last states alone', () => {
  manualSeed(1);
  const embedding = new Embedding({ numEmbeddings: 4, embeddingSize: 8 });
  const [encoder, decoder] = [0, 1].map(() => new LSTM({ inputSize: 8, hiddenSize: 24 }));
  const head = new Linear({ inputSize: 24, outputSize: 4 });
  const parameters = [embedding, encoder, decoder, head].flatMap((layer) => layer.parameters());
  const words = Sequence.fromArrays([[1, 2, 3], [3, 1], [2, 2, 1, 0], [0]], { dtype: 'int32' });

  const scores = (): Sequence => {
    const { state } = encoder.forward(embedding.forward(words));
    const nothing = words.map((rows) => zeros([...rows.shape, 8]));
    return head.forward(decoder.forward(nothing, state).output);
  };
  const wrong = (): number => {
    const said = scores().map((rows) => argmax(rows, { axis: 1 }));
    const meant = words.rows.dataSync();
    return said.rows.dataSync().filter((id, i) => id !== meant[i]).length;
  };
  const descend = (p: Parameter) => {
    if (p.grad) assign(p, sub(p, mul(p.grad, 1)));
  };

  expect(wrong()).toBeGreaterThan(3);
  for (let step = 0; step < 200; step++) {
    for (const p of parameters) p.grad = undefined;
    crossEntropy(scores(), words).backward();
    noGrad(() => parameters.forEach(descend));
  }
  expect(wrong()).toBe(0);
});
