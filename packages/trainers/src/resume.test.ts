import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, FileError, OptionError } from '@unroll/backend';
import { ArrayDataset, batches, contiguousWindows } from '@unroll/datasets';
import { LanguageModel } from '@unroll/models';
import { type Adam, OneCycleLR, ReduceLROnPlateau } from '@unroll/optimizers';
import {
  currentBackend,
  manualSeed,
  randomState,
  randomStream,
  tensor,
  useBackend,
} from '@unroll/tensor';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Callback } from './callback.ts';
import { type CheckpointStore, memoryCheckpoints } from './checkpoint.ts';
import { checkpointFolder } from './checkpoint-folder.ts';
import { mapData } from './data.ts';
import type { Stopped } from './history.ts';
import type { FitOptions } from './options.ts';
import { bits, ids, timeless, toy } from './toy.ts';

type Setting = Parameters<typeof toy>[0] & {
  readonly fit?: Partial<FitOptions>;
  readonly stopped?: Stopped;
};

const length = 8;

const settings: Readonly<Record<string, Setting>> = {
  'with validation and a one-cycle schedule': {
    makeSchedule: (adam: Adam) => new OneCycleLR(adam, { maxLr: 0.05, totalSteps: length + 1 }),
    fit: { validateEvery: 3 },
  },
  'with validation at the end of each epoch and a rate that falls on plateaus': {
    makeSchedule: (adam: Adam) =>
      new ReduceLROnPlateau(adam, { factor: 0.5, patience: 0, threshold: 9 }),
  },
  'with early stopping and best weights': {
    makeSchedule: (adam: Adam) =>
      new OneCycleLR(adam, { maxLr: 2, totalSteps: length + 1, pctStart: 0.9 }),
    fit: { validateEvery: 1, patience: 2 },
    stopped: 'patience',
  },
  'with batches cut into windows': { tbptt: { window: 2 }, fit: { validateEvery: 4 } },
};

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainers-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** What a run has left: everything that could differ. */
async function outcome(process: ReturnType<typeof toy>, options: Partial<FitOptions>) {
  const { model, optimizer, trainer, train, valid } = process;
  const history = await trainer.fit({ train, valid, steps: length, ...options });
  const { state, ...rest } = optimizer.stateDict();
  return {
    history: timeless(history),
    weights: bits(model.stateDict()),
    optimizer: { ...rest, state: bits(state) },
    random: randomState().counters['toy.dropout'],
  };
}

/** Does something when a step is done. */
function at(step: number, act: () => void): Callback {
  return { onStep: (record) => (record.step === step ? act() : undefined) };
}

describe.each(Object.entries(settings))(
  'a run %s',
  (_, { fit = {}, stopped = 'steps', ...setting }) => {
    test('that was aborted at any step and resumed ends with the same bits', async () => {
      const expected = await outcome(toy(setting), fit);
      expect(expected.history.stopped).toBe(stopped);
      for (let step = 1; step < expected.history.step; step++) {
        const checkpoint = { to: memoryCheckpoints(), every: 100 };
        const controller = new AbortController();
        const stop = at(step, () => controller.abort());
        const first = toy({ ...setting, callbacks: [stop] });
        const { signal } = controller;
        const begun = await outcome(first, { ...fit, checkpoint, signal });
        expect(begun.history).toMatchObject({ stopped: 'aborted', step });
        const resumed = await outcome(toy(setting), { ...fit, checkpoint, resume: true });
        expect(resumed).toEqual(expected);
      }
    });

    test('that died at any step and resumed from its last checkpoint ends with the same bits', async () => {
      const expected = await outcome(toy(setting), fit);
      for (let step = 1; step < expected.history.step; step++) {
        const checkpoint = { to: checkpointFolder(join(folder, crypto.randomUUID())), every: 2 };
        const die = at(step, () => {
          throw new Error('died');
        });
        const first = outcome(toy({ ...setting, callbacks: [die] }), { ...fit, checkpoint });
        await expect(first).rejects.toThrow('died');
        const starts: (number | undefined)[] = [];
        const watch: Callback = { onStart: ({ resumedFrom }) => void starts.push(resumedFrom) };
        const second = toy({ ...setting, callbacks: [watch] });
        expect(await outcome(second, { ...fit, checkpoint, resume: true })).toEqual(expected);
        expect(starts).toEqual([step <= 2 ? undefined : 2 * Math.floor((step - 1) / 2)]);
      }
    });
  },
);

describe('resuming', () => {
  test('a run that was complete gives it back, best weights and all', async () => {
    const checkpoint = { to: memoryCheckpoints() };
    const options = { checkpoint, validateEvery: 2, restoreBest: true };
    const expected = await outcome(toy(), options);
    let steps = 0;
    const again = toy({ callbacks: [{ onStep: () => void steps++ }] });
    expect(await outcome(again, { ...options, resume: true })).toEqual(expected);
    expect(steps).toBe(0);
  });

  test('a run that was complete goes on when more steps are asked for', async () => {
    const expected = await outcome(toy(), { steps: 8, validateEvery: 3 });
    const checkpoint = { to: memoryCheckpoints() };
    await outcome(toy(), { steps: 6, validateEvery: 3, checkpoint });
    const more = { steps: 8, validateEvery: 3, checkpoint, resume: true };
    expect(await outcome(toy(), more)).toEqual(expected);
  });

  test('works for shuffled data and for arrays, in the middle of an epoch', async () => {
    const pairs = Array.from({ length: 5 }, (_, i) => [i, (2 * i) % 7]);
    const made = (numbers: number[][]) => ({
      input: tensor(
        numbers.map(([x]) => [x]),
        { dtype: 'int32' },
      ),
      target: tensor(
        numbers.map(([, y]) => [y]),
        { dtype: 'int32' },
      ),
    });
    const kinds = [
      () =>
        mapData(
          batches(new ArrayDataset(pairs), {
            batchSize: 2,
            shuffle: true,
            stream: randomStream('pairs'),
          }),
          made,
        ),
      () => [made(pairs.slice(0, 2)), made(pairs.slice(2, 4)), made(pairs.slice(4))],
    ];
    for (const makeTrain of kinds) {
      const expected = await outcome(toy(), { train: makeTrain() });
      for (let step = 1; step < length; step++) {
        const controller = new AbortController();
        const checkpoint = { to: memoryCheckpoints() };
        const first = toy({ callbacks: [at(step, () => controller.abort())] });
        await outcome(first, { train: makeTrain(), checkpoint, signal: controller.signal });
        const second = { train: makeTrain(), checkpoint, resume: true };
        expect(await outcome(toy(), second)).toEqual(expected);
      }
    }
  });

  test('under another engine goes on, and says once that the bits may differ', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const checkpoint = { to: memoryCheckpoints() };
    await outcome(toy(), { steps: 2, checkpoint });
    const before = currentBackend();
    const described = (blas: string) => ({
      ...before,
      describe: () => ({ ...before.describe?.(), blas: { value: blas, why: 'a test says so' } }),
    });
    onTestFinished(() => {
      useBackend(before);
      warn.mockRestore();
    });
    await outcome(toy(), { steps: 4, checkpoint, resume: true });
    expect(warn).not.toHaveBeenCalled();
    useBackend(described('OpenBLAS 0.3.21'));
    const { history } = await outcome(toy(), { steps: 6, checkpoint, resume: true });
    expect(history.step).toBe(6);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0][0]).toMatch(
      /checkpoint in memory.* BLAS none\), and this is .*BLAS OpenBLAS 0\.3\.21\).* bits may differ/,
    );
    // What it saved itself is its own.
    await outcome(toy(), { steps: 8, checkpoint, resume: true });
    expect(warn).toHaveBeenCalledTimes(1);
  });

  test('refuses another text, another model and another optimizer', async () => {
    const checkpoint = { to: memoryCheckpoints() };
    await outcome(toy(), { steps: 2, checkpoint });
    const resume = { checkpoint, resume: true };
    const other = contiguousWindows(
      ids.map((id) => (id + 1) % 7),
      { batchSize: 2, window: 6 },
    );
    await expect(outcome(toy(), { ...resume, train: other })).rejects.toThrow(OptionError);
    const model = new LanguageModel({ vocabSize: 7, embeddingSize: 3, hiddenSize: 5 });
    await expect(outcome(toy({ model }), resume)).rejects.toThrow(DataError);
  });

  test('refuses a broken checkpoint, naming it', async () => {
    const store = memoryCheckpoints();
    await outcome(toy(), { steps: 2, checkpoint: { to: store } });
    const good = await store.load();
    const changed = (json: string): CheckpointStore => ({
      place: 'here',
      save: store.save,
      load: async () => good && { ...good, json },
    });
    const resume = (json: string) =>
      outcome(toy(), { checkpoint: { to: changed(json) }, resume: true });
    await expect(resume('{"format":')).rejects.toThrow(FileError);
    await expect(resume('{"format":')).rejects.toThrow('the checkpoint in here is broken');
    await expect(resume('{"format":2}')).rejects.toThrow('has format 2; this version reads 1');
    const lost = good?.json.replace('model/head.W', 'model/heart.W') ?? '';
    await expect(resume(lost)).rejects.toThrow("has no tensor 'model/heart.W'");
  });

  test('reads a checkpoint from its two files', async () => {
    const place = join(folder, 'plain');
    await outcome(toy(), { steps: 2, checkpoint: { to: checkpointFolder(place) } });
    const path = join(place, '000001-step-2', 'checkpoint.json');
    const json = JSON.parse(await readFile(path, 'utf8'));
    expect(json).toMatchObject({
      format: 1,
      step: 2,
      state: { engine: { backend: currentBackend().name } },
    });
    await writeFile(path, '{');
    const again = outcome(toy(), { checkpoint: { to: checkpointFolder(place) }, resume: true });
    await expect(again).rejects.toThrow(`the checkpoint in ${place} is broken`);
  });

  test('begins with the seed when there is nothing to go on from', async () => {
    const fresh = await outcome(toy({ seed: 8 }), {});
    const checkpoint = { to: memoryCheckpoints() };
    expect(await outcome(toy({ seed: 8 }), { checkpoint, resume: true })).toEqual(fresh);
    manualSeed(0);
  });
});
