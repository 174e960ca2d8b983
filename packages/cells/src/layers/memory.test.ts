import { noGrad, randomStream, type StateTree, type Tensor, useBackend } from '@unroll/tensor';
import { type DeviceBackend, deviceBackend } from '@unroll/tensor/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LSTM } from './layers.ts';
import { stream } from './stream.ts';

const LARGE = 1024;
const [batch, hiddenSize] = [16, 64];
let device: DeviceBackend;
beforeEach(() => {
  device = deviceBackend();
  useBackend(device);
});
afterEach(() => void useBackend(undefined));

const draw = (...shape: number[]) => randomStream('memory.test').normal(shape);
const h = (state: unknown) => (state as { h: Tensor }[])[0].h;

test('a stream has its state also after the noGrad that it ran in, and frees those before', () => {
  const live = stream(new LSTM({ inputSize: 2, hiddenSize }));
  const past: StateTree[] = [];
  noGrad(() => {
    for (let i = 0; i < 3; i++) {
      live.step(draw(batch, 2));
      past.push(live.state as StateTree);
    }
  });
  expect(h(live.state).dataSync()).not.toContain(Number.NaN);
  for (const state of past.slice(0, -1)) expect(() => h(state).dataSync()).toThrow('keep(x)');
  expect(device.alive(LARGE)).toBe(2);
});

test('a stateful layer keeps its state over a noGrad, and when it forgets some rows', () => {
  const layer = new LSTM({ inputSize: 2, hiddenSize, stateful: true });
  noGrad(() => {
    layer.forward(draw(batch, 3, 2));
    layer.resetState(Array.from({ length: batch }, (_, i) => i < 2));
  });
  const values = h(layer.state).dataSync();
  expect(values.slice(0, hiddenSize)).toEqual(new Float32Array(hiddenSize));
  expect(values).not.toContain(Number.NaN);
});
