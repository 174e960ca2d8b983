import { reference } from '@unroll/backend';
import { expect, test } from 'vitest';
import { assign } from '../core/assign.ts';
import { parameter, tensor } from '../core/create.ts';
import { computeOn, currentBackend } from '../core/engine.ts';
import { moveToBackend } from '../core/move-to-backend.ts';
import type { Tensor } from '../core/tensor.ts';
import { mul } from '../operations/arithmetic.ts';
import { reshape } from '../operations/core.ts';
import { Sequence } from '../sequence/sequence.ts';
import { Copies } from './copies.ts';
import { bring } from './workplace.ts';

const elsewhere = reference();
/** As a GPU: nothing can be read at once. */
const far = { ...reference(), name: 'far', readSync: undefined };

const homeOf = (x: Tensor) => x.storage.backend;

test('within copies tensors lie elsewhere, and what is written there never reaches them', () => {
  const w = parameter(tensor([1, 2]));
  const view = reshape(w.detach(), [2, 1]);
  const copies = new Copies(elsewhere, [w, view]);
  for (const expected of [10, 100]) {
    copies.within(() => {
      expect([homeOf(w), homeOf(view), currentBackend()]).toEqual(Array(3).fill(elsewhere));
      assign(w, mul(w.detach(), 10));
      expect([...view.dataSync()]).toEqual([expected, 2 * expected]);
    });
    expect(homeOf(w)).toBe(currentBackend());
    expect([...w.dataSync()]).toEqual([1, 2]);
    expect([w.storage.version, w.storage.writer]).toEqual([0, '']);
  }
});

test('copies are put away when the function throws', () => {
  const w = parameter(tensor([1]));
  const copies = new Copies(elsewhere, [w]);
  const fail = () => {
    throw new Error('no');
  };
  expect(() => copies.within(fail)).toThrow('no');
  expect(homeOf(w)).toBe(currentBackend());
});

test('copies follow what was written since, when they are renewed', () => {
  const w = parameter(tensor([1]));
  const copies = new Copies(elsewhere, [w]);
  assign(w, tensor([5]));
  const read = () => copies.within(() => w.dataSync()[0]);
  expect(read()).toBe(1);
  copies.renew();
  expect(read()).toBe(5);
});

test('what a backend cannot hold stays where it is', async () => {
  const w = parameter(tensor([1], { dtype: 'float64' }));
  const float32 = { ...reference(), dtypes: ['float32'] as const };
  const before = homeOf(w);
  await moveToBackend(float32, [w]);
  expect(homeOf(w)).toBe(before);
  expect(await bring(float32, w)).toBe(w);
});

test('an operand that can be read at once follows the one that cannot', async () => {
  const x = tensor([1, 2]);
  const there = await bring(far, x);
  for (const y of [mul(x, there), mul(there, x)]) {
    expect(homeOf(y)).toBe(far);
    expect([...(await y.data())]).toEqual([1, 4]);
  }
});

test('a sequence is brought with its lengths, and not copied where it lies', async () => {
  const x = Sequence.fromArrays([[[1], [2]], [[3]]]);
  const there = await bring(far, x);
  expect(there.lengths).toEqual([2, 1]);
  expect(homeOf(there.rows)).toBe(far);
  expect(await bring(far, there)).toBe(there);
});

test('another backend is the current one for as long as a function runs, whatever becomes of it', () => {
  const before = currentBackend();
  const fail = () => {
    throw new Error(currentBackend().name);
  };
  expect(() => computeOn(far, fail)).toThrow('far');
  expect(currentBackend()).toBe(before);
});
