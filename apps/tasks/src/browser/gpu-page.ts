import type { Backend } from '@unroll/backend';
import { LSTM } from '@unroll/cells';
import { gpu } from '@unroll/gpu';
import { report } from '@unroll/gpu/testing/report';
import { crossEntropy, Embedding, Linear } from '@unroll/nn';
import { Adam, clipGradNorm } from '@unroll/optimizers';
import { manualSeed, Sequence, useBackend } from '@unroll/tensor';
import { wasm } from '@unroll/wasm';

/** The losses of one training on the CPU and on the GPU. */
export interface Curves {
  readonly adapter: string;
  readonly cpu: readonly number[];
  readonly gpu: readonly number[];
  /** Kernels that a step took on the GPU. */
  readonly dispatches: number;
}

const STEPS = 50;

report(async (mode): Promise<Curves> => {
  const backend = await gpu({ mode });
  const cpu = await losses(wasm({ threads: 1 }));
  const onGpu = await losses(backend);
  return {
    adapter: backend.adapter,
    cpu,
    gpu: onGpu,
    dispatches: Math.round(backend.dispatches() / STEPS),
  };
});

/** Trains on words of different lengths, from the same start on every backend. */
async function losses(backend: Backend): Promise<number[]> {
  useBackend(backend);
  manualSeed(7);
  const words = ['unrolled', 'recurrent', 'sequence', 'gate', 'a'];
  const ids = words.map((word) => [...word].map((letter) => letter.charCodeAt(0) - 97));
  const letters = Sequence.fromArrays(
    ids.map((word) => Int32Array.from([26, ...word.slice(0, -1)])),
  );
  const targets = Sequence.fromArrays(ids.map((word) => Int32Array.from(word)));
  const embedding = new Embedding({ numEmbeddings: 27, embeddingSize: 8 });
  const lstm = new LSTM({ inputSize: 8, hiddenSize: 16 });
  const head = new Linear({ inputSize: 16, outputSize: 27 });
  const parameters = [embedding, lstm, head].flatMap((layer) => layer.parameters());
  const optimizer = new Adam(parameters, { lr: 0.02 });
  const found: Promise<number>[] = [];
  for (let step = 0; step < STEPS; step++) {
    const { output } = lstm.forward(embedding.forward(letters));
    const loss = crossEntropy(head.forward(output), targets);
    optimizer.zeroGrad();
    loss.backward();
    clipGradNorm(parameters, { max: 1 });
    optimizer.step();
    found.push(loss.item());
  }
  return Promise.all(found);
}
