import { AutogradError, DeviceLostError, reference, UnsupportedError } from '@unroll/backend';
import { afterEach, expect, test } from 'vitest';
import { add, mul } from '../operations/arithmetic.ts';
import { reshape } from '../operations/core.ts';
import { sum } from '../operations/reduce.ts';
import { fragile } from '../testing/fragile.ts';
import { assign } from './assign.ts';
import { parameter, tensor } from './create.ts';
import { currentBackend, useBackend } from './engine.ts';
import { moveToBackend } from './move-to-backend.ts';

afterEach(() => {
  useBackend(undefined);
});

test('tensors keep their values on another backend, and are the same objects', async () => {
  const weight = parameter(tensor([[1, 2, 3]]));
  const view = reshape(weight.detach(), [3]);
  const other = reference();
  await moveToBackend(other, [weight]);
  expect(weight.storage.backend).toBe(other);
  expect([...view.dataSync()]).toEqual([1, 2, 3]);
  assign(weight, tensor([[4, 5, 6]]));
  expect([...view.dataSync()]).toEqual([4, 5, 6]);
  sum(mul(weight, weight)).backward();
  expect([...(weight.grad?.dataSync() ?? [])]).toEqual([8, 10, 12]);
});

test('a tensor moves there and back with all that shares its memory', async () => {
  const far = { ...fragile(), name: 'far' };
  const w = parameter(tensor([[1, 2]]));
  const view = w.detach();
  await moveToBackend(far, [w]);
  expect([w.storage.backend, view.storage.backend]).toEqual([far, far]);
  expect(() => view.dataSync()).toThrow('far reads asynchronously');
  await moveToBackend(currentBackend(), [view]);
  expect([...w.dataSync()]).toEqual([1, 2]);
});

test('a backward pass through what was computed before the move says so', async () => {
  const weight = parameter(tensor([1, 2]));
  const loss = sum(mul(weight, weight));
  await moveToBackend(reference(), [weight]);
  expect(() => loss.backward()).toThrow(AutogradError);
  expect(() => loss.backward()).toThrow(/moveToBackend/);
});

test('float64 stays where it is, and so does what is there already', async () => {
  const on = fragile();
  const x = tensor([1, 2], { dtype: 'float64' });
  const before = x.storage.backend;
  await moveToBackend(on, [x]);
  expect(x.storage.backend).toBe(before);
  useBackend(on);
  const y = tensor([1, 2]);
  const { memory } = y.storage;
  await moveToBackend(on, [y]);
  expect(y.storage.memory).toBe(memory);
});

test('values of a lost device are an error before anything moves, or zeros where that is asked for', async () => {
  const on = fragile();
  const here = tensor([5]);
  useBackend(on);
  const there = add(tensor([1, 2]), 1);
  on.lose();
  const to = reference();
  await expect(moveToBackend(to, [here, there])).rejects.toThrow(DeviceLostError);
  expect(here.storage.backend).not.toBe(to);
  await moveToBackend(to, [here, there], { ifLost: 'zeros' });
  expect([[...here.dataSync()], [...there.dataSync()]]).toEqual([[5], [0, 0]]);
});

test('to another device what was uploaded is taken from the host, and what was computed is refused', async () => {
  useBackend(fragile());
  const uploaded = tensor([1, 2]);
  const computed = add(uploaded, 1);
  useBackend(fragile());
  const there = tensor([1, 1]);
  expect(await add(there, uploaded).toArray()).toEqual([2, 3]);
  expect(() => add(there, computed)).toThrow(UnsupportedError);
  expect(() => add(there, computed)).toThrow(
    'transfer: a tensor lies on fragile, the others on another fragile. Read it with data() and make it anew, or use moveToBackend().',
  );
});

test('what lies on the CPU follows to a device, which cannot be read at once', async () => {
  const on = fragile();
  const here = tensor([1, 1]);
  useBackend(on);
  const there = add(tensor([1, 2]), 1);
  useBackend(undefined);
  const sum = add(here, there);
  expect(sum.storage.backend).toBe(on);
  expect(await sum.toArray()).toEqual([3, 4]);
});
