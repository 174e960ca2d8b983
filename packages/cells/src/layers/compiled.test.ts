import { reference } from '@unroll/backend';
import { roundingTolerance } from '@unroll/backend/testing';
import { init } from '@unroll/nn';
import {
  addAll,
  grad,
  manualSeed,
  mul,
  randomStream,
  Sequence,
  stateToTensors,
  sum,
  type Tensor,
  useBackend,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { expect, test } from 'vitest';
import { GRU, LSTM } from './layers.ts';
import type { RecurrentLayerOptions } from './options.ts';

// Layers are put together from what backends compute, so each option is held once against the reference.

const normal = init.normal({ std: 0.3 });
const starts = { h0: normal, c0: normal };
const options: Record<string, Partial<RecurrentLayerOptions>> = {
  'both directions side by side': { bidirectional: true },
  'both directions added': { bidirectional: true, mergeMode: 'sum' },
  'both directions multiplied': { bidirectional: true, mergeMode: 'mul' },
  'both directions averaged': { bidirectional: true, mergeMode: 'average' },
  'both directions apart': { bidirectional: true, mergeMode: 'none', numLayers: 1 },
  'residual connections': { connection: 'residual', dropout: 0.3 },
  'highway connections': { connection: 'highway', dropout: 0.3 },
  'learned initial states': { learnInitialState: true, bidirectional: true, init: starts },
  'a state from batch to batch': { stateful: true },
};

test.each(Object.entries(options))(
  'a stack with %s gives on WebAssembly what it gives on the reference, to float32 rounding',
  (_, own) => {
    const { numLayers = 3 } = own;
    const run = (): Tensor[] => {
      manualSeed(1);
      const results = [LSTM, GRU].map((Layer) => {
        const layer = new Layer({ inputSize: 5, hiddenSize: 6, ...own, numLayers });
        const batches = [1, 2].map((n) => randomStream('x').normal([3, 3 * n, 5]));
        const outputs = batches.map((x) => layer.forward(Sequence.fromBatch(x, [3, 1, 2])));
        const states = Object.values(stateToTensors(outputs[1].state as never));
        const rows = outputs.flatMap(({ output, backward }) =>
          backward ? [output.rows, backward.rows] : [output.rows],
        );
        const loss = addAll([...rows, ...states].map((y) => sum(mul(y, y))));
        return [...rows, ...states, ...grad(loss, layer.parameters())];
      });
      return results.flat();
    };
    const compiled = run();
    const before = useBackend(reference());
    try {
      const interpreted = run();
      expect(compiled).toHaveLength(interpreted.length);
      for (const [i, y] of compiled.entries()) {
        expectClose(y, interpreted[i], roundingTolerance(12, 2 * numLayers * 3));
      }
    } finally {
      useBackend(before);
    }
  },
);
