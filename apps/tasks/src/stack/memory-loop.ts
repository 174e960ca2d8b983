import { setTimeout } from 'node:timers/promises';
import { LSTM } from '@unroll/cells';
import { Linear, mseLoss } from '@unroll/nn';
import { Adam } from '@unroll/optimizers';
import { randomStream, slice, sum } from '@unroll/tensor';

// The naive training loop of memory.long.test.ts, a program of its own so that nothing else is in its memory. After the
// numbers of steps given as arguments it prints bytes: what is resident, and what is alive after a collection (where
// Node was started with --expose-gc). Small, but large enough that a thousand steps take longer than the engine needs to
// compile it all: what compiling takes is not the loop's.
const stops = process.argv.slice(2).map(Number);
const rnn = new LSTM({ inputSize: 8, hiddenSize: 32 });
const head = new Linear({ inputSize: 32, outputSize: 1 });
const optimizer = new Adam([...rnn.parameters(), ...head.parameters()], { lr: 1e-3 });
const draws = randomStream('numbers');

for (let step = 1; step <= Math.max(...stops); step++) {
  const x = draws.normal([16, 25, 8]);
  const y = sum(slice(x, { axis: 2, from: 0, to: 1 }), { axis: 2, keepDims: true });
  const loss = mseLoss(head.forward(rnn.forward(x).output), y);
  optimizer.zeroGrad();
  loss.backward();
  optimizer.step();
  await loss.item();
  if (stops.includes(step)) await print();
}

async function print(): Promise<void> {
  const { rss } = process.memoryUsage();
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await setTimeout(20); // array buffers are swept in the background
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  console.log(JSON.stringify({ resident: rss, alive: heapUsed + arrayBuffers }));
}
