import { type Backend, reference } from '@unroll/backend';
import { BatchNorm1d, Embedding, Linear, Module, mseLoss } from '@unroll/nn';
import { Adam } from '@unroll/optimizers';
import {
  auto,
  currentBackend,
  explainDevice,
  manualSeed,
  randomState,
  randomStream,
  type Tensor,
  useBackend,
} from '@unroll/tensor';
import { pace } from '@unroll/tensor/testing';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { memoryCheckpoints } from './checkpoint.ts';
import { mapData } from './data.ts';
import { evaluate } from './evaluate.ts';
import type { FitOptions, TrainerOptions } from './options.ts';
import { bits, timeless, toy } from './toy.ts';
import { Trainer } from './trainer.ts';

const length = 8;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});

afterEach(() => {
  useBackend(undefined);
  vi.useRealTimers();
});

/** The reference under another name, each of whose kernels takes so many milliseconds; it rounds otherwise than the CPU. */
const elsewhere = (milliseconds: number): Backend =>
  pace({ ...reference(), name: 'elsewhere' }, () => vi.advanceTimersByTime(milliseconds));

/** The same without reading at once, as a GPU. */
const far = () => ({ ...elsewhere(1), readSync: undefined });

type Setting = Parameters<typeof toy>[0] & { readonly fit?: Partial<FitOptions> };

const settings: Readonly<Record<string, Setting>> = {
  'with a carried state and validation': { fit: { validateEvery: 3 } },
  'with windows, dropout and best weights': {
    tbptt: { window: 2 },
    fit: { validateEvery: 2, restoreBest: true },
  },
  'that clips elements': { clip: { value: 0.1 } },
};

/** What a run leaves behind: everything that could differ. */
async function outcome(
  { fit = {}, ...setting }: Setting,
  choice?: Parameters<typeof useBackend>[0],
) {
  useBackend(choice);
  const { model, optimizer, trainer, train, valid } = toy(setting);
  const history = await trainer.fit({ train, valid, steps: length, ...fit });
  return { history: timeless(history), ...(await valuesOf(model, optimizer)) };
}

async function valuesOf(model: Module, optimizer: Adam) {
  const { state, ...rest } = optimizer.stateDict();
  const random = randomState();
  return { weights: bits(model.stateDict()), ...rest, state: bits(state), random };
}

describe.each(Object.entries(settings))('a run %s under auto', (_, setting) => {
  test('is to the bit a run on the CPU, where that is faster', async () => {
    const expected = await outcome(setting);
    expect(await outcome(setting, auto(elsewhere(1e4)))).toEqual(expected);
    expect(explainDevice().facts['auto fit'].value).toBe('wasm');
  });

  test('is to the bit a run on the other backend, where that is faster', async () => {
    const expected = await outcome(setting, elsewhere(0));
    const slow = pace(currentBackendOf(), () => vi.advanceTimersByTime(100));
    expect(await outcome(setting, auto(elsewhere(1), { cpu: slow }))).toEqual(expected);
    expect(explainDevice().facts['auto fit'].value).toBe('elsewhere');
    expect(expected).not.toEqual(await outcome(setting));
  });
});

/** A backend of one's own like the standard one, to be paced. */
function currentBackendOf(): Backend {
  useBackend(undefined);
  const standard = currentBackend();
  const { kernels, fused } = standard;
  onTestFinished(() => void Object.assign(standard, { kernels, fused }));
  return standard;
}

/** Reads its data from draws, remembers statistics, and its forward draws noise. */
class Noisy extends Module {
  readonly first = new Linear({ inputSize: 3, outputSize: 4 });
  readonly norm = new BatchNorm1d({ size: 4 });
  readonly last = new Linear({ inputSize: 4, outputSize: 1 });

  override forward(x: Tensor): Tensor {
    const noise = randomStream('noise').normal([x.shape[0], 4]);
    return this.last.forward(this.norm.forward(this.first.forward(x)).add(noise));
  }
}

test('statistics, draws of the model and of the data, and gradients are as without a trial', async () => {
  const run = async (choice?: Parameters<typeof useBackend>[0]) => {
    useBackend(choice);
    manualSeed(5);
    const model = new Noisy();
    const frozen = new Embedding({ numEmbeddings: 2, embeddingSize: 2 });
    const optimizer = new Adam(model.parameters(), { lr: 0.1 });
    const draws = randomStream('data');
    const seen: number[][] = [];
    const train = mapData(
      {
        ...positionless(),
        *[Symbol.iterator]() {
          yield* [1, 2, 3, 4];
        },
      },
      () => {
        const input = draws.normal([5, 3]);
        seen.push([...input.dataSync()]);
        return { input, target: draws.normal([5, 1]) };
      },
    );
    const trainer = new Trainer({ model, optimizer, loss: mseLoss as TrainerOptions['loss'] });
    await trainer.fit({ train, steps: 6 });
    return { seen, frozen: bits(frozen.stateDict()), ...(await valuesOf(model, optimizer)) };
  };
  const expected = await run();
  expect(expected.weights).toHaveProperty('norm.runningMean');
  expect(await run(auto(elsewhere(1e4)))).toEqual(expected);
});

function positionless() {
  return { length: 4, stateDict: () => null, loadStateDict: () => undefined };
}

describe('a run that has moved', () => {
  test('is back on the CPU at its end, with the model and the optimizer ready for more', async () => {
    const slow = pace(currentBackendOf(), () => vi.advanceTimersByTime(100));
    useBackend(auto(far(), { cpu: slow }));
    const { model, optimizer, trainer, train, valid } = toy();
    const there: string[] = [];
    const watched = new Trainer({
      ...{ model, optimizer },
      callbacks: [
        { onStep: () => void there.push(model.parameters()[0].storage.backend.name) },
        { onStop: () => void there.push(model.parameters()[0].storage.backend.name) },
      ],
    });
    await watched.fit({ train, steps: 3 });
    expect(there).toEqual(['elsewhere', 'elsewhere', 'elsewhere', 'wasm']);
    for (const x of Object.values(optimizer.stateDict().state)) {
      expect(x.storage.backend.name).toBe('wasm');
    }
    expect((await evaluate(model, valid)).loss).toBeGreaterThan(0);
    expect((await trainer.fit({ train, steps: 3 })).step).toBe(3);
    expect(explainDevice().facts['auto evaluate'].value).toBe('elsewhere');
  });

  test('is back on the CPU after an error too', async () => {
    const slow = pace(currentBackendOf(), () => vi.advanceTimersByTime(100));
    useBackend(auto(far(), { cpu: slow }));
    const { model, optimizer, train } = toy();
    const fail = () => {
      throw new Error('the disk is full');
    };
    const trainer = new Trainer({ model, optimizer, callbacks: [{ onStep: fail }] });
    await expect(trainer.fit({ train, steps: 3 })).rejects.toThrow('the disk is full');
    expect(model.parameters()[0].storage.backend.name).toBe('wasm');
  });
});

test('a resumed run goes on where it was begun, whatever is faster now', async () => {
  const slow = pace(currentBackendOf(), () => vi.advanceTimersByTime(100));
  const warn = vi.spyOn(console, 'warn');
  onTestFinished(() => warn.mockRestore());
  const expected = await outcome({}, elsewhere(0));
  const checkpoint = { to: memoryCheckpoints(), every: 2 };
  useBackend(auto(elsewhere(1), { cpu: slow }));
  const stop = new AbortController();
  const first = toy({
    callbacks: [{ onStep: ({ step }) => void (step === 4 && stop.abort()) }],
  });
  await first.trainer.fit({ ...only(first), steps: length, checkpoint, signal: stop.signal });
  useBackend(auto(elsewhere(1e4), { cpu: slow }));
  const second = toy();
  const options = { ...only(second), steps: length, checkpoint, resume: true };
  const history = await second.trainer.fit(options);
  expect({
    history: timeless(history),
    ...(await valuesOf(second.model, second.optimizer)),
  }).toEqual(expected);
  expect(explainDevice().facts['auto fit'].why).toBe('the run was begun there');
  expect(warn).not.toHaveBeenCalled();
});

function only({ train, valid }: ReturnType<typeof toy>) {
  return { train, valid };
}

test('evaluate gives the digits of the backend it has chosen, and of the CPU where it stays', async () => {
  useBackend(undefined);
  const { model, valid } = toy();
  const onCpu = await evaluate(model, valid);
  useBackend(auto(elsewhere(1e4)));
  expect(await evaluate(model, valid)).toEqual(onCpu);
  useBackend(elsewhere(0));
  const there = toy();
  const expected = await evaluate(there.model, there.valid);
  const slow = pace(currentBackendOf(), () => vi.advanceTimersByTime(100));
  useBackend(auto(elsewhere(1), { cpu: slow }));
  const moved = toy();
  expect(await evaluate(moved.model, moved.valid)).toEqual(expected);
  expect(moved.model.parameters()[0].storage.backend.name).toBe('wasm');
});
