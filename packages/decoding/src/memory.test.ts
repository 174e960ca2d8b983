import { add, indexSelect, mul, reshape, type Tensor, useBackend, zeros } from '@unroll/tensor';
import { deviceBackend } from '@unroll/tensor/testing';
import { afterEach, expect, test } from 'vitest';
import { generate } from './generate.ts';
import { sampler } from './sampler.ts';

afterEach(() => void useBackend(undefined));

test('generate carries its state from step to step, and frees what is past', async () => {
  const device = deviceBackend();
  useBackend(device);
  const size = 2048;
  const given = { h: mul(zeros([1, size]), 2) };
  const model = {
    forward(ids: Tensor, state: { h: Tensor } = given) {
      const h = add(state.h, 1);
      const table = reshape(h, [1, size]);
      const rows = indexSelect(table, mul(ids, 0), { axis: 0 });
      return { output: reshape(rows, [1, 1, size]), state: { h } };
    },
  };
  const greedy = sampler({ temperature: 0 });
  const alive: number[] = [];
  for (const length of [3, 6]) {
    for await (const _ of generate(model as never, {
      prompt: [1],
      length,
      sampler: greedy,
      state: given,
    })) {
      alive.push(device.alive(1024));
    }
  }
  // The state that was handed in, and the one that is carried.
  expect(alive).toEqual(new Array(9).fill(2));
  expect(given.h.dataSync()[0]).toBe(0);
  expect(device.alive(1024)).toBe(1);
});
