import { DeviceLostError, OptionError, OutOfMemoryError, reference } from '@unroll/backend';
import { auto, currentBackend, type Tensor, tensor, useBackend } from '@unroll/tensor';
import { type Fragile, fragile, pace } from '@unroll/tensor/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Callback } from './callback.ts';
import { type CheckpointStore, memoryCheckpoints } from './checkpoint.ts';
import type { FitOptions } from './options.ts';
import { timeless, toy } from './toy.ts';

let devices: Fragile[];
let warn: ReturnType<typeof vi.spyOn>;

beforeEach(() => {
  devices = [];
  useBackend(fragile(devices));
  warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});

afterEach(() => {
  useBackend(undefined);
  warn.mockRestore();
});

const latest = () => devices[devices.length - 1];

/** Loses the device in hand when a step is done, the first time it is. */
function loseAt(...steps: number[]): Callback {
  const left = new Set(steps);
  return { onStep: ({ step }) => (left.delete(step) ? latest().lose() : undefined) };
}

async function values(tensors: Readonly<Record<string, Tensor>>): Promise<Record<string, unknown>> {
  const entries = Object.entries(tensors).map(async ([name, x]) => [name, [...(await x.data())]]);
  return Object.fromEntries(await Promise.all(entries));
}

/** What a run of eight steps has left. */
async function outcome(callbacks: Callback[], fit: Partial<FitOptions> = {}) {
  const { trainer, train, valid, model, optimizer } = toy({ callbacks });
  const checkpoint = { to: memoryCheckpoints(), every: 3 };
  const all = { train, valid, steps: 8, validateEvery: 2, checkpoint, ...fit };
  const history = await trainer.fit(all);
  return {
    history: timeless(history),
    weights: await values(model.stateDict()),
    state: await values(optimizer.stateDict().state),
    places: new Set(model.parameters().map(({ storage }) => storage.backend)),
  };
}

describe('a run that loses its device', () => {
  test('after any step ends with the bits of one that does not, on a fresh device', async () => {
    const { places: _, ...expected } = await outcome([]);
    expect(devices).toHaveLength(1);
    for (let step = 1; step < 8; step++) {
      devices = [];
      useBackend(fragile(devices));
      const { places, ...found } = await outcome([loseAt(step)]);
      expect(found).toEqual(expected);
      expect(devices).toHaveLength(2);
      expect([...places]).toEqual([latest()]);
      expect(currentBackend()).toBe(latest());
      const from = step < 3 ? 0 : 3 * Math.floor(step / 3);
      // The loss at a checkpoint's own step is met while that one is written.
      const kept = step % 3 === 0 ? from - 3 : from;
      expect(warn).toHaveBeenLastCalledWith(
        `Trainer.fit: the device was lost at step ${step + 1}; going on after step ${kept} on fragile.`,
      );
    }
  });

  test('goes on on the CPU where that is asked for', async () => {
    const expected = await outcome([]);
    const found = await outcome([loseAt(5)], { onDeviceLost: 'cpu' });
    expect(devices).toHaveLength(1);
    expect(currentBackend().name).toBe('wasm');
    expect([...found.places]).toEqual([currentBackend()]);
    const losses = (run: typeof found) => run.history.steps.map(({ loss }) => loss);
    losses(found).forEach((loss, i) => {
      expect(Math.abs(loss - losses(expected)[i])).toBeLessThan(1e-5);
    });
  });

  test('reads again what was uploaded to the lost one: batches that were made before', async () => {
    const train = [0, 1, 2].map((i) => ({
      input: tensor([[i, 1, 2, 3]], { dtype: 'int32' }),
      target: tensor([[1, 2, 3, i]], { dtype: 'int32' }),
    }));
    const options = { train, steps: 7 };
    const { history } = await outcome([], options);
    expect((await outcome([loseAt(2, 5)], options)).history).toEqual(history);
    expect(devices).toHaveLength(3);
  });

  test('without a checkpoint ends with the step, the reason, and how to have one', async () => {
    const lost = outcome([loseAt(2)], { checkpoint: undefined as never });
    await expect(lost).rejects.toThrow(DeviceLostError);
    await expect(lost).rejects.toThrow(
      'Trainer.fit: step 3: read: it was pulled out. There is no checkpoint to go on from: give fit one, as checkpoint: { to: memoryCheckpoints(), every: 100 }.',
    );
    await expect(lost).rejects.toMatchObject({ details: { loss: 'pulled out', step: 3 } });
  });

  test('ends where it is told to, with the place of its checkpoint', async () => {
    const lost = outcome([loseAt(5)], { onDeviceLost: 'throw' });
    await expect(lost).rejects.toThrow(
      "it was pulled out. The checkpoint of step 3 is in memory. onDeviceLost: 'throw' has stopped the run.",
    );
    expect(devices).toHaveLength(1);
  });

  test('ends when there is no other device, with the reason', async () => {
    const none = { ...fragile(devices), renew: () => Promise.reject(new Error('no GPU')) };
    useBackend(none);
    const lost = outcome([loseAt(5)]);
    await expect(lost).rejects.toThrow(
      "There is no fresh device: no GPU. onDeviceLost: 'cpu' goes on on the CPU.",
    );
  });

  test('ends when every device is lost before the next checkpoint', async () => {
    const always: Callback = { onStep: ({ step }) => (step === 5 ? latest().lose() : undefined) };
    await expect(outcome([always])).rejects.toThrow(
      'It was lost 4 times without a new checkpoint in between.',
    );
    expect(devices).toHaveLength(4);
  });

  test('goes on from its own beginning, not from what an earlier run has left', async () => {
    const to = memoryCheckpoints();
    await outcome([], { checkpoint: { to } });
    devices = [];
    useBackend(fragile(devices));
    const expected = await outcome([]);
    const { history } = await outcome([loseAt(1)], { checkpoint: { to, every: 100 } });
    expect(history).toEqual(expected.history);
  });
});

describe('a run that auto has moved to a device', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => void vi.useRealTimers());

  /** A CPU that is slower than what every run may move to. */
  const slow = () => pace(reference(), () => vi.advanceTimersByTime(100));

  test.each([
    [5, 'lost at step 6; going on after step 3 on fragile.'],
    [2, 'lost at step 3; going on after step 0'],
  ])('goes on on a fresh one when that is lost after step %i', async (step, words) => {
    const to = memoryCheckpoints();
    await outcome([], { checkpoint: { to } });
    const { places: _, ...expected } = await outcome([]);
    devices = [];
    const cpu = slow();
    useBackend(auto(fragile(devices), { cpu }));
    const { places, ...found } = await outcome([loseAt(step)], { checkpoint: { to, every: 3 } });
    expect(found).toEqual(expected);
    expect(devices).toHaveLength(2);
    expect([...places]).toEqual([cpu]);
    expect(warn).toHaveBeenLastCalledWith(expect.stringContaining(words));
  });

  test('leaves the fresh one to the next run', async () => {
    useBackend(auto(fragile(devices), { cpu: slow() }));
    await outcome([loseAt(5)]);
    const seen: unknown[] = [];
    const watch: Callback = {
      onStep: (_, { model }) => void seen.push(model.parameters()[0].storage.backend),
    };
    await outcome([watch], { steps: 2 });
    expect(seen).toEqual([latest(), latest()]);
  });
});

test('two runs at once that lose their device go on side by side on one fresh one', async () => {
  const device = latest();
  let fresh: Promise<Fragile> | undefined;
  Object.assign(device, {
    renew() {
      fresh ??= Promise.resolve(fragile(devices));
      return fresh;
    },
  });
  let first: () => void;
  const lost = new Promise<void>((resolve) => {
    first = resolve;
  });
  const lose: Callback = {
    onStep: ({ step }) => {
      if (step !== 5 || latest() !== device) return;
      device.lose();
      first();
    },
  };
  const wait: Callback = { onStep: ({ step }) => (step === 4 ? lost : undefined) };
  const both = await Promise.all([outcome([lose]), outcome([wait])]);
  expect(devices).toHaveLength(2);
  for (const { places, history } of both) {
    expect([...places]).toEqual([devices[1]]);
    expect(history.step).toBe(8);
  }
});

test('a device without room ends a run; the last checkpoint stays and is named', async () => {
  const to: CheckpointStore = memoryCheckpoints();
  const full: Callback = { onStep: ({ step }) => (step === 5 ? latest().fill() : undefined) };
  const run = outcome([full], { checkpoint: { to, every: 3 } });
  await expect(run).rejects.toThrow(OutOfMemoryError);
  await expect(run).rejects.toThrow(
    'Trainer.fit: step 6: read: there is no room. The checkpoint of step 3 is in memory.',
  );
  await expect(run).rejects.toMatchObject({ details: { asked: 8, alive: 4, step: 6 } });
  expect((await to.load())?.step).toBe(3);
  expect(devices).toHaveLength(1);
});

test('onDeviceLost has three words', async () => {
  const wrong = outcome([], { onDeviceLost: 'gpu' as never });
  await expect(wrong).rejects.toThrow(OptionError);
  await expect(wrong).rejects.toThrow("onDeviceLost must be one of resume, cpu, throw; got 'gpu'");
});
