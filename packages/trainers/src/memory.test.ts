import { type Backend, reference } from '@unroll/backend';
import { contiguousWindows } from '@unroll/datasets';
import { LanguageModel } from '@unroll/models';
import { Linear, Module, mseLoss } from '@unroll/nn';
import { Adam } from '@unroll/optimizers';
import { manualSeed, mul, randomStream, type Tensor, useBackend } from '@unroll/tensor';
import { type DeviceBackend, deviceBackend } from '@unroll/tensor/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Callback } from './callback.ts';
import { memoryCheckpoints } from './checkpoint.ts';
import { evaluate } from './evaluate.ts';
import { bits } from './toy.ts';
import { Trainer } from './trainer.ts';

/** Elements of the smallest memory that release points free. */
const LARGE = 1024;
const ids = Int32Array.from({ length: 700 }, (_, i) => (i * i + 3 * i) % 7);
const windows = () => contiguousWindows(ids, { batchSize: 16, window: 4 });

let device: DeviceBackend;
beforeEach(() => {
  device = deviceBackend();
});
afterEach(() => void useBackend(undefined));

/** A model whose carried state and weights are large enough to be freed. */
function parts(callbacks: readonly Callback[] = [], dropout = 0.2) {
  manualSeed(3);
  const model = new LanguageModel({
    vocabSize: 7,
    embeddingSize: 8,
    hiddenSize: 64,
    dropout,
    name: 'toy',
  });
  const optimizer = new Adam(model.parameters(), { lr: 0.01 });
  const clip = { norm: 1 };
  return { model, trainer: new Trainer({ model, optimizer, clip, callbacks }) };
}

async function trained(backend: Backend, callbacks: readonly Callback[] = [], dropout = 0.2) {
  useBackend(backend);
  const { model, trainer } = parts(callbacks, dropout);
  const { steps } = await trainer.fit({
    train: windows(),
    valid: windows(),
    steps: 8,
    validateEvery: 4,
  });
  return { losses: steps.map(({ loss }) => loss), weights: bits(model.stateDict()) };
}

describe('the end of a training step', () => {
  test('frees all but weights, gradients, what Adam remembers and the state, and changes no bit', async () => {
    const alive: number[] = [];
    const found = await trained(device, [{ onStep: () => void alive.push(device.alive(LARGE)) }]);
    expect(found).toEqual(await trained(reference()));
    // Gradients of W and U; W and U of LSTM and Adam's moments came from the host; h and c.
    expect(alive).toEqual(new Array(8).fill(4));
    expect(device.alive(LARGE)).toBeLessThanOrEqual(4);
  });

  test('frees what was copied for the checkpoint before it', async () => {
    useBackend(device);
    const alive: number[] = [];
    const { trainer } = parts([{ onStep: () => void alive.push(device.alive(LARGE)) }]);
    const checkpoint = { to: memoryCheckpoints(), every: 1 };
    await trainer.fit({ train: windows(), steps: 8, checkpoint });
    expect(alive).toEqual(new Array(8).fill(4));
    expect(device.alive(LARGE)).toBeLessThanOrEqual(4);
  });

  test('frees windows that it has cut from a batch of floats, not the batch', async () => {
    useBackend(device);
    const batch = mul(randomStream('batch').normal([16, 8, 64]), 1);
    const head = new Linear({ inputSize: 64, outputSize: 64 });
    const trainer = new Trainer({
      model: head,
      optimizer: new Adam(head.parameters(), { lr: 0.01 }),
      loss: mseLoss as never,
      tbptt: { window: 4 },
    });
    const alive: number[] = [];
    const data = [{ input: batch, target: batch }];
    for (const epochs of [1, 2]) {
      await trainer.fit({ train: data, epochs });
      alive.push(device.alive(LARGE));
    }
    expect(alive[1]).toBe(alive[0]);
    expect(batch.dataSync()).not.toContain(Number.NaN);
  });

  test('leaves runs alone that go on at the same time', async () => {
    const alone = await trained(reference(), [], 0);
    const together = await Promise.all([trained(device, [], 0), trained(device, [], 0)]);
    expect(together).toEqual([alone, alone]);
  });

  test('says of a value that a model has put aside that keep() would have saved it', async () => {
    useBackend(device);
    class Remembering extends Module {
      readonly head = new Linear({ inputSize: 64, outputSize: 64, name: 'remembering' });
      last: Tensor | undefined;

      override forward(x: Tensor): Tensor {
        this.last = this.head.forward(x);
        return this.last;
      }
    }
    const model = new Remembering();
    const optimizer = new Adam(model.parameters(), { lr: 0.01 });
    const trainer = new Trainer({ model, optimizer, loss: mseLoss as never });
    const x = randomStream('batch').normal([16, 64]);
    await trainer.fit({ train: [{ input: x, target: x }], steps: 1 });
    expect(() => model.last?.dataSync()).toThrow('keep(x)');
  });
});

test('evaluate carries its state, and leaves nothing on the device', async () => {
  const run = async (backend: Backend) => {
    useBackend(backend);
    return evaluate(parts().model, windows());
  };
  expect(await run(device)).toEqual(await run(reference()));
  expect(device.alive(LARGE)).toBe(0);
});
