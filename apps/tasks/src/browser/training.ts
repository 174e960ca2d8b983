import { affine, defineCell, LSTM, Recurrent } from '@unroll/cells';
import { Linear, mseLoss } from '@unroll/nn';
import { Adam } from '@unroll/optimizers';
import { add, manualSeed, mul, randomStream, sigmoid, sub, tanh, useBackend } from '@unroll/tensor';
import { type WasmOptions, wasm } from '@unroll/wasm';

/** What a short training came to. Equal bits are equal words. */
export interface Outcome {
  readonly simd: string;
  /** Whether other threads computed too. */
  readonly shared: boolean;
  /** The 32 bits of each loss, and a hash of those of all weights, for each model. */
  readonly words: number[];
  /** What was said on the way. */
  readonly warnings: string[];
}

const mgu = defineCell({
  name: 'MGU',
  states: ['h'],
  gates: ['f', 'n'],
  step({ x, h }, { W, U, b }) {
    const f = sigmoid(affine([x, W.f], [h, U.f], b.f));
    const n = tanh(affine([x, W.n], [mul(f, h), U.n], b.n));
    return { f, n, h: add(mul(sub(1, f), h), mul(f, n)) };
  },
});

/** Trains an LSTM and a cell of the user's for a few steps, large enough to be shared among threads. */
export async function train(options: WasmOptions): Promise<Outcome> {
  const warnings: string[] = [];
  const warn = console.warn;
  console.warn = (text: string) => warnings.push(text);
  try {
    const backend = wasm(options);
    useBackend(backend);
    const shared = await backend.ready();
    manualSeed(7);
    const sizes = { inputSize: 16, hiddenSize: 96 };
    const words = [
      ...(await steps(new LSTM({ ...sizes, numLayers: 2 }))),
      ...(await steps(new Recurrent({ ...sizes, cell: mgu, bidirectional: true }))),
    ];
    return { simd: backend.simd, shared, words, warnings };
  } finally {
    console.warn = warn;
  }
}

async function steps(layer: Recurrent): Promise<number[]> {
  const head = new Linear({ inputSize: layer.outputSize, outputSize: 1 });
  const parameters = [...layer.parameters(), ...head.parameters()];
  const optimizer = new Adam(parameters, { lr: 0.01 });
  const draws = randomStream('batches');
  const words: number[] = [];
  for (let step = 0; step < 3; step++) {
    const [x, y] = [draws.normal([32, 20, 16]), draws.normal([32, 20, 1])];
    const loss = mseLoss(head.forward(layer.forward(x).output), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    words.push(...bitsOf(await loss.data()));
  }
  let hash = 0;
  for (const p of parameters) {
    for (const word of bitsOf(await p.data())) hash = (Math.imul(hash, 31) + word) | 0;
  }
  return [...words, hash];
}

function bitsOf(values: ArrayLike<number>): Int32Array {
  return new Int32Array(Float32Array.from(values).buffer);
}
