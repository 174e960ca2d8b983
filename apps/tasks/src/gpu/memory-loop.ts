import { setTimeout } from 'node:timers/promises';
import { LSTM } from '@unroll/cells';
import { contiguousWindows } from '@unroll/datasets';
import { type GpuBackend, gpu } from '@unroll/gpu';
import { LanguageModel } from '@unroll/models';
import { Linear, mseLoss } from '@unroll/nn';
import { Adam } from '@unroll/optimizers';
import {
  detachState,
  manualSeed,
  noGrad,
  randomStream,
  type StateTree,
  slice,
  sum,
  useBackend,
} from '@unroll/tensor';
import { Trainer } from '@unroll/trainers';

// The loops of memory.long.test.ts, a program of its own so that nothing else is in its memory:
//   memory-loop.ts <loop> <step> <step> …
// At each of these steps it prints what lies on the device and what is alive on the heap after a collection (where Node
// was started with --expose-gc), and what is resident. The device is looked at before the collection: what only that
// would free counts.

/** What is in use at a step. */
export interface Sample {
  readonly step: number;
  readonly adapter: string;
  readonly buffers: number;
  readonly bytes: number;
  readonly alive: number;
  readonly resident: number;
}

/** A loop of so many steps that calls `stop` after each. */
type Loop = (steps: number, stop: (step: number) => Promise<void>) => Promise<void>;

const loops: Readonly<Record<string, Loop>> = { fit, naive, predict, together };

/** The trainer, with a state that is carried from window to window. */
async function fit(steps: number, stop: (step: number) => Promise<void>): Promise<void> {
  await losses(1, steps, stop);
}

/** The losses of a training; `seed` says of which model on which text. */
async function losses(
  seed: number,
  steps: number,
  stop?: (step: number) => Promise<void>,
): Promise<number[]> {
  manualSeed(seed);
  const ids = Int32Array.from({ length: 2000 }, (_, i) => (i * i * seed + i) % 30);
  const sizes = { vocabSize: 30, embeddingSize: 16, hiddenSize: 32 };
  const model = new LanguageModel({ ...sizes, name: `model ${seed}` });
  const trainer = new Trainer({
    model,
    optimizer: new Adam(model.parameters(), { lr: 1e-3 }),
    clip: { norm: 1 },
    // As their losses are read: several are under way together.
    callbacks: [
      {
        async onRead(records) {
          for (const { step } of records) await stop?.(step);
        },
      },
    ],
  });
  const train = contiguousWindows(ids, { batchSize: 32, window: 2 });
  const history = await trainer.fit({ train, steps });
  return history.steps.map(({ loss }) => loss);
}

/** Three trainings side by side, each of which must be what it is alone; at the only stop, if they are. */
async function together(steps: number, stop: (step: number) => Promise<void>): Promise<void> {
  const alone: number[][] = [];
  for (const seed of [1, 2, 3]) alone.push(await losses(seed, steps));
  const beside = await Promise.all([1, 2, 3].map((seed) => losses(seed, steps)));
  if (JSON.stringify(alone) !== JSON.stringify(beside)) {
    throw new Error(`side by side ${beside}, alone ${alone}`);
  }
  await stop(steps);
}

/** A loop as people write it, with floats from the host and a state that goes on. */
async function naive(steps: number, stop: (step: number) => Promise<void>): Promise<void> {
  const rnn = new LSTM({ inputSize: 8, hiddenSize: 32 });
  const head = new Linear({ inputSize: 32, outputSize: 1 });
  const optimizer = new Adam([...rnn.parameters(), ...head.parameters()], { lr: 1e-3 });
  const draws = randomStream('numbers');
  let state: StateTree | undefined;
  for (let step = 1; step <= steps; step++) {
    const x = draws.normal([32, 4, 8]);
    const y = sum(slice(x, { axis: 2, from: 0, to: 1 }), { axis: 2, keepDims: true });
    const result = rnn.forward(x, state as never);
    const loss = mseLoss(head.forward(result.output), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    state = detachState(result.state as StateTree);
    await loss.item();
    await stop(step);
  }
}

/** Predictions, each read. */
async function predict(steps: number, stop: (step: number) => Promise<void>): Promise<void> {
  const rnn = new LSTM({ inputSize: 8, hiddenSize: 32 });
  const draws = randomStream('numbers');
  for (let step = 1; step <= steps; step++) {
    const x = draws.normal([32, 4, 8]);
    await noGrad(() => rnn.forward(x).output).data();
    await stop(step);
  }
}

async function sample(step: number, backend: GpuBackend): Promise<Sample> {
  const inUse = backend.memory();
  const { rss: resident } = process.memoryUsage();
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await setTimeout(20); // array buffers are swept, and finalizers run, in the background
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const { adapter } = backend;
  return { step, adapter, ...inUse, alive: heapUsed + arrayBuffers, resident };
}

const [loop, ...stops] = process.argv.slice(2);
const backend = await gpu({ mode: 'webgpu' });
useBackend(backend);
manualSeed(1);
await loops[loop](Math.max(...stops.map(Number)), async (step) => {
  if (stops.includes(String(step))) console.log(JSON.stringify(await sample(step, backend)));
});
process.exit();
