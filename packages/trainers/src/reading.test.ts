import { OptionError, reference } from '@unroll/backend';
import { contiguousWindows } from '@unroll/datasets';
import { LanguageModel } from '@unroll/models';
import { crossEntropy } from '@unroll/nn';
import { Adam } from '@unroll/optimizers';
import { auto, explainDevice, manualSeed, type Tensor, useBackend } from '@unroll/tensor';
import { deviceBackend, fragile, pace } from '@unroll/tensor/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Callback } from './callback.ts';
import { memoryCheckpoints } from './checkpoint.ts';
import type { FitOptions, LossFunction } from './options.ts';
import { allCheckpoints, outcome, settings } from './outcome.ts';
import { toy } from './toy.ts';
import { Trainer } from './trainer.ts';

/** Elements of the smallest memory that release points free. */
const LARGE = 1024;

/** Whatever is asked of the device. */
let reads: number;

beforeEach(() => {
  reads = 0;
  const device = fragile();
  const read: typeof device.read = (x) => {
    reads++;
    return device.read(x);
  };
  useBackend({ ...device, read });
});

afterEach(() => void useBackend(undefined));

describe.each(Object.entries(settings))('a run %s', (_, setting) => {
  const read = (readEvery?: number) =>
    outcome({ ...setting, fit: { ...setting.fit, ...(readEvery ? { readEvery } : {}) } });

  test('is the same to the bit, checkpoints and all, however many losses are read together', async () => {
    const expected = await read(1);
    expect(expected.saved.length).toBeGreaterThan(1);
    for (const readEvery of [2, 3, 7, 100, undefined]) {
      expect(await read(readEvery)).toEqual(expected);
    }
  });
});

describe('losses that are read together', () => {
  /** The steps that came together. */
  async function groups(fit: Partial<FitOptions>, backendReads = false) {
    const told: number[][] = [];
    const counts: number[] = [];
    const watch: Callback = {
      onRead(records) {
        told.push(records.map(({ step }) => step));
        counts.push(reads);
        reads = 0;
      },
    };
    const { trainer, train, valid } = toy({ callbacks: [watch] });
    reads = 0;
    await trainer.fit({ train, ...(fit.validateEvery ? { valid } : {}), ...fit });
    return backendReads ? counts : told;
  }

  test('come in order, each once, and before what needs them', async () => {
    expect(await groups({ steps: 8, readEvery: 3 })).toEqual([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8],
    ]);
    expect(await groups({ steps: 8, readEvery: 3, validateEvery: 4 })).toEqual([
      [1, 2, 3],
      [4],
      [5, 6, 7],
      [8],
    ]);
    const checkpoint = { to: memoryCheckpoints(), every: 2 };
    expect(await groups({ steps: 5, readEvery: 9, checkpoint })).toEqual([[1, 2], [3, 4], [5]]);
  });

  test('are one reading of the device, with one more at the steps 1, 4, 16, … for the norms of the layers', async () => {
    expect(await groups({ steps: 15, readEvery: 5 }, true)).toEqual([2, 1, 1]);
    expect(await groups({ steps: 4, readEvery: 1 }, true)).toEqual([3, 2, 2, 3]);
  });

  test('are never more than were asked for: what was submitted is bounded', async () => {
    let submitted = 0;
    let most = 0;
    const loss = ((output: Tensor, target: Tensor) => {
      most = Math.max(most, ++submitted);
      return crossEntropy(output, target);
    }) as LossFunction;
    const watch: Callback = {
      onRead(records) {
        submitted -= records.length;
      },
    };
    const callbacks = [watch];
    const { trainer, train } = toy({ loss, callbacks });
    await trainer.fit({ train, steps: 40, readEvery: 6 });
    expect([most, submitted]).toEqual([6, 0]);
    const usual = toy({ loss, callbacks });
    most = 0;
    await usual.trainer.fit({ train: usual.train, steps: 100 });
    expect(most).toBeLessThanOrEqual(32);
  });

  test('come one at a time on the CPU, whatever is asked for', async () => {
    useBackend(undefined);
    expect(await groups({ steps: 3, readEvery: 2 })).toEqual([[1], [2], [3]]);
  });

  test('let each step go on its way before the next is submitted', async () => {
    const device = fragile();
    let under = 0;
    let most = 0;
    const kernels = Object.fromEntries(
      Object.entries(device.kernels).map(([name, kernel]) => [
        name,
        (...args: never[]) => {
          most = Math.max(most, ++under);
          return (kernel as (...given: never[]) => unknown)(...args);
        },
      ]),
    );
    setImmediate(function rest() {
      under = 0;
      if (most >= 0) setImmediate(rest);
    });
    useBackend({ ...device, kernels: kernels as never });
    const { trainer, train } = toy();
    await trainer.fit({ train, steps: 1, readEvery: 1 });
    const single = most;
    await trainer.fit({ train, steps: 20, readEvery: 20 });
    const together = most;
    most = -1;
    expect(together).toBeLessThan(3 * single);
  });

  test('leave timers their turn, so that they can abort', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 60);
    const { trainer, train } = toy();
    const { signal } = controller;
    const history = await trainer.fit({ train, steps: 1e9, readEvery: 1e9, signal });
    expect(history.stopped).toBe('aborted');
    expect(history.steps.length).toBe(history.step);
  });

  test('do not keep an abort from stopping after the current step, and a resumed run from its bits', async () => {
    const expected = await outcome({ fit: { readEvery: 1 } });
    for (let step = 1; step < 11; step++) {
      const controller = new AbortController();
      const { store } = allCheckpoints();
      const checkpoint = { to: store, every: 100 };
      let calls = 0;
      const loss = ((output: Tensor, target: Tensor) => {
        if (output.requiresGrad && ++calls === step) controller.abort();
        return crossEntropy(output, target);
      }) as LossFunction;
      const { signal } = controller;
      const begun = await outcome({ loss, fit: { readEvery: 4, checkpoint, signal } });
      expect(begun.history).toMatchObject({ stopped: 'aborted', step });
      expect(begun.history.steps).toEqual(expected.history.steps.slice(0, step));
      const resumed = await outcome({ fit: { readEvery: 4, checkpoint, resume: true } });
      expect({ ...resumed, saved: [] }).toEqual({ ...expected, saved: [] });
    }
  });

  test('are refused together with a callback that looks at every step', async () => {
    const { trainer, train } = toy({ callbacks: [{ onStep: () => undefined }] });
    const run = trainer.fit({ train, steps: 3, readEvery: 2 });
    await expect(run).rejects.toThrow(OptionError);
    await expect(run).rejects.toThrow('readEvery must be 1 with a callback that has onStep');
    await expect(trainer.fit({ train, steps: 3, readEvery: 1 })).resolves.toMatchObject({
      step: 3,
    });
    const none = toy().trainer.fit({ train, steps: 3, readEvery: 0 });
    await expect(none).rejects.toThrow('readEvery must be a whole number of at least 1; got 0');
  });

  test('are read at every step where a callback looks at every step', async () => {
    const seen: number[] = [];
    const watch: Callback = {
      onStep: (_, run) => void seen.push(run.step),
      onRead: (records) => void seen.push(records.length),
    };
    const { trainer, train } = toy({ callbacks: [watch] });
    await trainer.fit({ train, steps: 3 });
    expect(seen).toEqual([1, 1, 2, 1, 3, 1]);
  });
});

describe('a run that auto has moved to a device', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => void vi.useRealTimers());

  /** A CPU that is slow, and a device that computes at once and takes its time to be read. */
  function race(reading: number) {
    const cpu = pace(reference(), () => vi.advanceTimersByTime(0.1));
    const device = fragile();
    const far: typeof device = {
      ...device,
      read(x) {
        vi.advanceTimersByTime(reading);
        return device.read(x);
      },
    };
    return auto(far, { cpu });
  }

  test('has the bits of one on that device', async () => {
    const expected = await outcome({ fit: { readEvery: 3 } });
    useBackend(race(0));
    const found = await outcome({ fit: { readEvery: 3 } });
    expect(explainDevice().facts['auto fit'].value).toBe('fragile');
    const engineless = ({ saved: _, ...rest }: typeof found) => rest;
    expect(engineless(found)).toEqual(engineless(expected));
  });

  test('was timed as it reads: four steps share a reading, unless a callback looks at every step', async () => {
    const chosen = async (callbacks: readonly Callback[]) => {
      useBackend(race(24));
      const { trainer, train } = toy({ callbacks });
      await trainer.fit({ train, steps: 1 });
      return explainDevice().facts['auto fit'].why;
    };
    expect(await chosen([])).toMatch(/ and 6 ms on fragile/);
    expect(await chosen([{ onStep: () => undefined }])).toMatch(/ and 48 ms on fragile/);
  });
});

describe('what lies on a device', () => {
  test('is what it was at the beginning of the steps that are read together, and at the end of a run nothing more', async () => {
    const device = deviceBackend();
    useBackend({ ...device, readSync: undefined });
    const alive: number[] = [];
    const watch: Callback = { onRead: () => void alive.push(device.alive(LARGE)) };
    manualSeed(3);
    const sizes = { vocabSize: 7, embeddingSize: 8, hiddenSize: 64 };
    const model = new LanguageModel({ ...sizes, dropout: 0.2 });
    const trainer = new Trainer({
      model,
      optimizer: new Adam(model.parameters(), { lr: 0.01 }),
      clip: { norm: 1 },
      callbacks: [watch],
    });
    const data = Int32Array.from({ length: 700 }, (_, i) => (i * i + 3 * i) % 7);
    const train = contiguousWindows(data, { batchSize: 16, window: 4 });
    await trainer.fit({ train, steps: 30, readEvery: 5 });
    // Gradients of W and U; h and c: as if each loss were read by itself.
    expect(alive).toEqual(new Array(6).fill(alive[0]));
    expect(alive[0]).toBe(4);
    expect(device.alive(LARGE)).toBeLessThanOrEqual(4);
  });
});
