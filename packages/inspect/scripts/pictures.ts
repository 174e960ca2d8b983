import { writeFileSync } from 'node:fs';
import { LSTM, RNN } from '@unroll/cells';
import { crossEntropy, Embedding, Linear, MLP, Module } from '@unroll/nn';
import { Adam } from '@unroll/optimizers';
import { manualSeed, randomStream, relu, Sequence, sigmoid, sum } from '@unroll/tensor';
import {
  activationDerivatives,
  gateSaturation,
  layerGradients,
  recurrentSpectrum,
  stepJacobians,
  trace,
  watchGradients,
} from '../src/index.ts';
import { drawDerivatives } from '../src/pictures/derivatives.ts';
import { drawGates, drawGateUnits } from '../src/pictures/gates.ts';
import { drawGradients, drawLayers } from '../src/pictures/gradients.ts';
import { drawJacobians } from '../src/pictures/jacobians.ts';
import { drawSpectrum } from '../src/pictures/spectrum.ts';
import { drawValues } from '../src/pictures/values.ts';

manualSeed(1);
const out = '/tmp/pics/';
const text = 'the unrolled network remembers what it read. ';
const letters = [...new Set(text)].sort();
const ids = [...text].map((letter) => letters.indexOf(letter));
class Speller extends Module {
  readonly embedding = new Embedding({ numEmbeddings: letters.length, embeddingSize: 8 });
  readonly lstm = new LSTM({ inputSize: 8, hiddenSize: 16, numLayers: 2 });
  readonly head = new Linear({ inputSize: 16, outputSize: letters.length });
  override forward(x: Sequence): Sequence {
    return this.head.forward(this.lstm.forward(this.embedding.forward(x)).output);
  }
}
const model = new Speller();
const optimizer = new Adam(model.parameters(), { lr: 0.02 });
const x = Sequence.fromArrays([ids.slice(0, -1)], { dtype: 'int32' });
const y = Sequence.fromArrays([ids.slice(1)], { dtype: 'int32' });
for (let step = 0; step < 200; step++) {
  const loss = crossEntropy(model.forward(x), y);
  optimizer.zeroGrad();
  loss.backward();
  optimizer.step();
  if (step % 50 === 49) console.log(await loss.item());
}
const traced = trace(model, x, { loss: (output) => crossEntropy(output, y) });
writeFileSync(out + 'gates.svg', drawGates(await gateSaturation(traced)));
writeFileSync(out + 'units.svg', drawGateUnits(await gateSaturation(traced)));
writeFileSync(
  out + 'values.svg',
  drawValues(await traced.layers[1].read(), {
    values: ['f', 'c', 'h'],
    labels: [...text].map((l) => (l === ' ' ? '␣' : l)),
  }),
);
writeFileSync(out + 'spectrum.svg', drawSpectrum(await recurrentSpectrum(model)));
writeFileSync(out + 'derivatives.svg', drawDerivatives(await activationDerivatives(traced)));
const one = await stepJacobians(traced.layers[1]);
const rnn = new RNN({ inputSize: 8, hiddenSize: 16 });
const r = await stepJacobians(trace(rnn, randomStream('q').normal([1, 44, 8])).layers[0]);
writeFileSync(
  out + 'jacobians.svg',
  drawJacobians({ LSTM: one.sequences[0], 'untrained RNN': r.sequences[0] }),
);
const net = new MLP({
  inputSize: 4,
  hiddenSizes: [16, 16, 16, 16, 16, 16, 16, 16],
  outputSize: 1,
  activation: sigmoid,
});
sum(net.forward(randomStream('q').normal([32, 4]))).backward();
writeFileSync(out + 'layers.svg', drawLayers(await layerGradients(net)));
console.log(await traced.layers[1].table({ units: 2 }));
void relu;
void watchGradients;
void drawGradients;
