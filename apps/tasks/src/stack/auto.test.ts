import { contiguousWindows } from '@unroll/datasets';
import { plainBackend } from '@unroll/gpu/testing';
import { LanguageModel, SavedModel } from '@unroll/models';
import { Adam } from '@unroll/optimizers';
import {
  type Auto,
  auto,
  currentBackend,
  explainDevice,
  manualSeed,
  useBackend,
} from '@unroll/tensor';
import { pace } from '@unroll/tensor/testing';
import { CharTokenizer } from '@unroll/tokenizers';
import { evaluate, Trainer } from '@unroll/trainers';
import { wasm } from '@unroll/wasm';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});

afterEach(() => {
  useBackend(undefined);
  vi.useRealTimers();
});

/** The GPU's kernels, emulated, against a CPU that takes so many milliseconds for each kernel. */
function between(cpuTime: number): Auto {
  const advance = (milliseconds: number) => () => vi.advanceTimersByTime(milliseconds);
  return auto(Promise.resolve(pace(plainBackend(), advance(10))), {
    cpu: pace(wasm({ threads: 1 }), advance(cpuTime)),
  });
}

const text = 'the gate opens, the gate closes. ';
const tokenizer = CharTokenizer.train(text);
const ids = tokenizer.encode(text.repeat(3));

/** Trains, judges and writes; everything that came of it. */
async function live(choice: Auto | ReturnType<typeof plainBackend>) {
  useBackend(choice);
  manualSeed(2);
  const model = new LanguageModel({
    ...{ vocabSize: tokenizer.vocabSize, embeddingSize: 4, hiddenSize: 5, dropout: 0.1 },
  });
  const optimizer = new Adam(model.parameters(), { lr: 0.02 });
  const saved = new SavedModel({ model, tokenizer });
  const written: string[] = [];
  const trainer = new Trainer({
    ...{ model, optimizer, clip: { norm: 1 } },
    callbacks: [
      {
        // A model that is away is used where it is.
        async onValidate() {
          written.push(await saved.complete('g', { length: 3 }));
        },
      },
    ],
  });
  const windows = () => contiguousWindows(ids, { batchSize: 2, window: 8 });
  const { steps, valid } = await trainer.fit({ train: windows(), valid: windows(), steps: 7 });
  const judged = await evaluate(model, windows());
  const greedy = await saved.complete('the ', { length: 6, temperature: 0 });
  const weights: number[][] = [];
  for (const x of Object.values(model.stateDict())) weights.push([...(await x.data())]);
  return { steps, valid, judged, written, greedy, weights };
}

test('a life under auto is to the bit one on the GPU, where that is faster, and the model comes back', async () => {
  const expected = await live(plainBackend());
  expect(await live(between(100))).toEqual(expected);
  const { facts } = explainDevice();
  for (const run of ['fit', 'evaluate', 'generate']) {
    expect(facts[`auto ${run}`].value).toBe('gpu');
    expect(facts[`auto ${run}`].why).toMatch(
      /^a step takes [\d,.]+ ms on wasm and [\d,.]+ ms on gpu/,
    );
  }
  expect(currentBackend().name).toBe('wasm');
});

test('and one on the CPU where that is faster', async () => {
  const expected = await live(auto(Promise.reject(new Error('there is no GPU'))));
  expect(explainDevice().facts['auto fit'].why).toBe('there is no other: there is no GPU');
  expect(await live(between(1))).toEqual(expected);
  expect(explainDevice().facts['auto fit'].value).toBe('wasm');
});

test('two models at once have devices of their own', async () => {
  useBackend(between(100));
  manualSeed(3);
  const models = [4, 6].map((hiddenSize) => {
    const model = new LanguageModel({ vocabSize: tokenizer.vocabSize, hiddenSize });
    return new SavedModel({ model, tokenizer });
  });
  const write = (saved: SavedModel) => saved.complete('gate', { length: 5, temperature: 0 });
  const apart = [await write(models[0]), await write(models[1])];
  expect(await Promise.all(models.map(write))).toEqual(apart);
});
