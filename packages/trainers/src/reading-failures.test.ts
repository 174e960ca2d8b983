import { NumericError } from '@unroll/backend';
import { crossEntropy, Linear, mseLoss } from '@unroll/nn';
import { Adam } from '@unroll/optimizers';
import {
  manualSeed,
  mul,
  randomState,
  randomStream,
  type Tensor,
  useBackend,
} from '@unroll/tensor';
import { deviceBackend, type Fragile, fragile } from '@unroll/tensor/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Callback } from './callback.ts';
import type { FitOptions, LossFunction } from './options.ts';
import { allCheckpoints, outcome, type Setting, settings, values } from './outcome.ts';
import { toy } from './toy.ts';
import { Trainer } from './trainer.ts';

beforeEach(() => void useBackend(fragile()));
afterEach(() => void useBackend(undefined));

describe('a loss that is not finite, read together with others', () => {
  /** What is left of a run whose loss goes wrong at a step. */
  async function wreck(step: number, readEvery: number, setting: Setting = {}) {
    let calls = 0;
    const wrong = ((output: Tensor, target: Tensor) => {
      calls++;
      const loss = crossEntropy(output, target);
      return calls === step ? mul(loss, NaN) : loss;
    }) as LossFunction;
    const told: number[] = [];
    const watch: Callback = {
      onRead(records) {
        told.push(...records.map((record) => record.step));
      },
    };
    const parts = toy({ ...setting, callbacks: [watch], loss: wrong });
    const { trainer, train, model, optimizer } = parts;
    const { store } = allCheckpoints();
    const checkpoint = { to: store, every: 4 };
    const fit = { train, steps: 11, checkpoint, readEvery, ...setting.fit };
    const error = await trainer.fit(fit).then(
      () => expect.unreachable('the run ended well'),
      (cause: unknown) => cause as NumericError,
    );
    expect(error).toBeInstanceOf(NumericError);
    const { state, ...remembered } = optimizer.stateDict();
    return {
      ...{ message: error.message, details: error.details, told, remembered },
      state: await values(state),
      weights: await values(model.stateDict()),
      random: randomState(),
      kept: (await store.load())?.step,
    };
  }

  test.each(Object.entries(settings).slice(0, 2))(
    'names its step and leaves a run %s as it was before that step, to the bit',
    async (_, { fit: __, ...setting }) => {
      for (let step = 1; step <= 9; step++) {
        const expected = await wreck(step, 1, setting);
        expect(expected.message).toContain(`the loss is NaN at step ${step}: `);
        expect(expected.message).toContain(`The weights are those of step ${step - 1}.`);
        for (const readEvery of [2, 3, 100]) {
          const found = await wreck(step, readEvery, setting);
          expect(found).toEqual(expected);
        }
      }
    },
  );
});

test('a NaN among windows that were cut on the device is named: they are there until their losses were read', async () => {
  const run = async (readEvery: number) => {
    useBackend({ ...deviceBackend(), readSync: undefined });
    manualSeed(3);
    const batch = mul(randomStream('batch').normal([16, 20, 64]), 1);
    const head = new Linear({ inputSize: 64, outputSize: 64, name: 'head' });
    let calls = 0;
    const loss = ((output: Tensor, target: Tensor) => {
      const right = mseLoss(output, target);
      return ++calls === 4 ? mul(right, Number.NaN) : right;
    }) as LossFunction;
    const optimizer = new Adam(head.parameters(), { lr: 0.01 });
    const trainer = new Trainer({ model: head, optimizer, loss, tbptt: { window: 4 } });
    const train = [{ input: batch, target: batch }];
    await expect(trainer.fit({ train, epochs: 1, readEvery })).rejects.toThrow(
      'the loss is NaN at step 4: ',
    );
    return values(head.stateDict());
  };
  expect(await run(8)).toEqual(await run(1));
});

describe('a device that is lost while losses lie there', () => {
  let warn: ReturnType<typeof vi.spyOn>;
  beforeEach(() => {
    warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  });
  afterEach(() => warn.mockRestore());

  async function run(fit: Partial<FitOptions>, fail?: (call: number, device: Fragile) => void) {
    const devices: Fragile[] = [];
    useBackend(fragile(devices));
    let calls = 0;
    const loss = ((output: Tensor, target: Tensor) => {
      if (output.requiresGrad) fail?.(++calls, devices[devices.length - 1]);
      return crossEntropy(output, target);
    }) as LossFunction;
    const found = await outcome({ loss, fit });
    return { ...found, devices: devices.length };
  }

  test.each([
    [2, 'steps 1 to 3', 0],
    [5, 'steps 4 to 5', 3],
    [8, 'steps 7 to 9', 6],
    [11, 'step 11', 9],
  ])(
    'at step %i: the run ends with the bits of one that kept it, and says at which steps',
    async (lost, words, from) => {
      const expected = await run({ readEvery: 4 });
      const found = await run({ readEvery: 4 }, (call, device) => {
        if (call === lost) device.lose();
      });
      expect(found).toEqual({ ...expected, devices: 2 });
      expect(warn).toHaveBeenLastCalledWith(
        `Trainer.fit: the device was lost at ${words}; going on after step ${from} on fragile.`,
      );
    },
  );

  test('without room ends the run, with the steps and the last checkpoint', async () => {
    const full = run({ readEvery: 2 }, (call, device) => {
      if (call === 4) device.fill();
    });
    await expect(full).rejects.toThrow(
      'Trainer.fit: steps 4 to 5: read: there is no room. The checkpoint of step 3 is in memory.',
    );
    await expect(full).rejects.toMatchObject({ details: { step: 4 } });
  });
});
