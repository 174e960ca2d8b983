import { compare } from './comparison.ts';
import type { Suite } from './suite.ts';

const inputSize = 64;
const sizes = [
  { hiddenSize: 128, repeat: 500 },
  { hiddenSize: 512, repeat: 50 },
  { hiddenSize: 1024, repeat: 10 },
];

/** One step at a time at batch 1, through `stream()`; PyTorch takes the better of LSTM and LSTMCell. */
export const streaming: Suite = {
  name: 'stream',
  summary: 'how many single steps a second, at batch 1 with the state carried?',
  kinds: ['stream'],
  run: (context) =>
    compare(
      sizes.map(({ hiddenSize, repeat }) => ({
        name: `lstm.h${hiddenSize}`,
        spec: { kind: 'stream', inputSize, hiddenSize, repeat },
        amount: repeat,
        unit: 'stepsPerSecond',
      })),
      context,
    ),
};
