import {
  add,
  indexSelect,
  keep,
  mul,
  reshape,
  type Tensor,
  useBackend,
  zeros,
} from '@unroll/tensor';
import { deviceBackend } from '@unroll/tensor/testing';
import { afterEach, expect, test } from 'vitest';
import { beamSteps } from './beam-search.ts';
import { generate } from './generate.ts';
import { rollout } from './rollout.ts';
import { sampler } from './sampler.ts';

afterEach(() => void useBackend(undefined));

const size = 2048;

/** Adds 1 to its state at each step; its scores are the state. */
function counting() {
  const device = deviceBackend();
  useBackend(device);
  const given = { h: mul(zeros([1, size]), 2) };
  const model = {
    forward(ids: Tensor, state = given) {
      const h = add(state.h, 1);
      const rows = indexSelect(h, reshape(mul(ids, 0), [ids.size]), { axis: 0 });
      return { output: reshape(rows, [...ids.shape, size]), state: { h } };
    },
  };
  return { device, given, model };
}

test('generate carries its state from step to step, and frees what is past', async () => {
  const { device, given, model } = counting();
  const greedy = sampler({ temperature: 0 });
  const alive: number[] = [];
  for (const length of [3, 6]) {
    const options = { prompt: [1], length, sampler: greedy, state: given };
    for await (const _ of generate(model, options)) alive.push(device.alive(1024));
  }
  // The state that was handed in, and the one that is carried.
  expect(alive).toEqual(new Array(9).fill(2));
  expect(given.h.dataSync()[0]).toBe(0);
  expect(device.alive(1024)).toBe(1);
});

test('so does a beam search, also where it is left before its end', async () => {
  const { device, given, model } = counting();
  const options = { prompts: [[1]], length: 5, width: 3, state: given };
  const alive: number[] = [];
  for await (const _ of beamSteps(model, options)) alive.push(device.alive(1024));
  expect(alive).toEqual(new Array(5).fill(2));
  expect(device.alive(1024)).toBe(1);
  for await (const _ of beamSteps(model, options)) break;
  expect(device.alive(1024)).toBe(1);
  expect(given.h.dataSync()[0]).toBe(0);
});

test('a rollout frees what is past, and each of its values when the next one is there', async () => {
  useBackend(deviceBackend());
  const model = { forward: (x: Tensor) => ({ output: add(x, 1), state: null }) };
  const prompt = zeros([1, 1, size]);
  const values: Tensor[] = [];
  for await (const value of rollout(model, { prompt, length: 4 })) {
    values.push(value);
    expect((await value.data())[0]).toBe(values.length);
    if (values.length === 2) keep(value);
  }
  expect(values.map(isFreed)).toEqual([true, false, true, true]);
});

function isFreed(value: Tensor): boolean {
  try {
    return value.dataSync().length === 0;
  } catch {
    return true;
  }
}
