import { DataError, NumericError, OptionError, ShapeError } from '@unroll/backend';
import {
  add,
  cast,
  full,
  isGradEnabled,
  manualSeed,
  oneHot,
  randomStream,
  type Tensor,
  tensor,
} from '@unroll/tensor';
import { describe, expect, test } from 'vitest';
import { generate } from './generate.ts';
import { sampler } from './sampler.ts';
import type { SequenceModel } from './sequence-model.ts';

const greedy = sampler({ temperature: 0 });

/** Says the id that follows the last one; its state is how many ids it has read. */
function counter(classes = 10) {
  const calls: { ids: number[]; read: number; training: boolean; recorded: boolean }[] = [];
  const model = {
    training: true,
    eval: () => {
      model.training = false;
    },
    train: () => {
      model.training = true;
    },
    forward(ids: Tensor, read = 0) {
      const recorded = isGradEnabled();
      calls.push({ ids: [...ids.dataSync()], read, training: model.training, recorded });
      return { output: oneHot(add(ids, 1), classes), state: read + ids.size };
    },
  };
  return { model, calls };
}

async function collect(ids: AsyncIterable<number>): Promise<number[]> {
  const out: number[] = [];
  for await (const id of ids) out.push(id);
  return out;
}

describe('generate', () => {
  test('reads the prompt at once, then each id once, with the state carried', async () => {
    const { model, calls } = counter();
    const ids = generate(model, { prompt: [1, 4, 2], length: 3, sampler: greedy });
    expect(await collect(ids)).toEqual([3, 4, 5]);
    expect(calls.map(({ ids: given, read }) => [given, read])).toEqual([
      [[1, 4, 2], 0],
      [[3], 3],
      [[4], 4],
    ]);
  });

  test('runs in evaluation mode without a tape, and leaves the mode as it was', async () => {
    const { model, calls } = counter();
    for await (const _ of generate(model, { prompt: [0], length: 2, sampler: greedy })) {
      expect(model.training).toBe(true);
    }
    expect(calls.every(({ training, recorded }) => !training && !recorded)).toBe(true);
  });

  test('goes on from a state that is given', async () => {
    const { model, calls } = counter();
    await collect(generate(model, { prompt: [0], length: 1, sampler: greedy, state: 7 }));
    expect(calls[0].read).toBe(7);
  });

  test('gives the same text for the same seed, and draws from its stream only', async () => {
    const model = {
      forward: (ids: Tensor) => ({ output: full([1, ids.shape[1], 50], 0), state: 0 }),
    };
    const run = (seed: number) => {
      manualSeed(seed);
      randomStream('something else').next();
      return collect(generate(model, { prompt: [0], length: 20 }));
    };
    expect(await run(3)).toEqual(await run(3));
    expect(await run(3)).not.toEqual(await run(4));
    manualSeed(3);
    const first = Math.floor(randomStream('sampling').next() * 50);
    expect((await run(3))[0]).toBe(first);
  });

  test('generates without end until it is left', async () => {
    const { model } = counter(1000);
    let seen = 0;
    for await (const id of generate(model, { prompt: [0], sampler: greedy })) {
      seen = id;
      if (id === 200) break;
    }
    expect(seen).toBe(200);
  });

  test('lets timers run and stops at an abort signal', async () => {
    const model = {
      forward(ids: Tensor) {
        const until = performance.now() + 5;
        while (performance.now() < until);
        return { output: cast(oneHot(ids, 3), 'float32'), state: 0 };
      },
    };
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 30);
    const ids = generate(model, { prompt: [1], signal: controller.signal });
    await expect(collect(ids)).rejects.toThrow('enough');
  });

  test('refuses an empty prompt, a bad length and a model without scores', async () => {
    const { model } = counter();
    expect(() => generate(model, { prompt: [] })).toThrow(DataError);
    for (const length of [-1, 1.5, NaN]) {
      expect(() => generate(model, { prompt: [1], length })).toThrow(OptionError);
    }
    const flat: SequenceModel = { forward: () => ({ output: tensor([1, 2]), state: 0 }) };
    await expect(collect(generate(flat, { prompt: [1] }))).rejects.toThrow(ShapeError);
    const broken: SequenceModel = { forward: () => ({ output: full([1, 1, 4], NaN), state: 0 }) };
    await expect(collect(generate(broken, { prompt: [1] }))).rejects.toThrow(NumericError);
  });

  test('gives nothing when nothing is asked for', async () => {
    const { model, calls } = counter();
    expect(await collect(generate(model, { prompt: [1], length: 0 }))).toEqual([]);
    expect(calls).toEqual([]);
  });
});
