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

/** How much is trained on. */
export interface Sizes {
  readonly batch: number;
  readonly time: number;
  readonly hiddenSize: number;
}

/** Enough to be shared among threads. */
const large: Sizes = { batch: 32, time: 20, hiddenSize: 96 };

/** Trains an LSTM and a cell of the user's for a few steps. */
export async function train(options: WasmOptions): Promise<Outcome> {
  const warnings: string[] = [];
  const warn = console.warn;
  console.warn = (text: string) => warnings.push(text);
  try {
    const backend = wasm(options);
    useBackend(backend);
    const shared = await backend.ready();
    return { simd: backend.simd, shared, words: await trained(large), warnings };
  } finally {
    console.warn = warn;
  }
}

/** Trains both on the backend that is chosen; resolves to the bits of the losses, and a hash of those of all weights. */
export async function trained({ batch, time, hiddenSize }: Sizes): Promise<number[]> {
  manualSeed(7);
  const sizes = { inputSize: 16, hiddenSize };
  return [
    ...(await steps([batch, time], new LSTM({ ...sizes, numLayers: 2 }))),
    ...(await steps([batch, time], new Recurrent({ ...sizes, cell: mgu, bidirectional: true }))),
  ];
}

async function steps(shape: [number, number], layer: Recurrent): Promise<number[]> {
  const head = new Linear({ inputSize: layer.outputSize, outputSize: 1 });
  const parameters = [...layer.parameters(), ...head.parameters()];
  const optimizer = new Adam(parameters, { lr: 0.01 });
  const draws = randomStream('batches');
  const words: number[] = [];
  for (let step = 0; step < 3; step++) {
    const [x, y] = [draws.normal([...shape, 16]), draws.normal([...shape, 1])];
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
