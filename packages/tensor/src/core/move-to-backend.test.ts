import {
  AutogradError,
  type Backend,
  DeviceLostError,
  type Memory,
  reference,
  type TypedArray,
  UnsupportedError,
} from '@unroll/backend';
import { afterEach, expect, test } from 'vitest';
import { add, mul } from '../operations/arithmetic.ts';
import { reshape } from '../operations/core.ts';
import { sum } from '../operations/reduce.ts';
import { assign } from './assign.ts';
import { parameter, tensor } from './create.ts';
import { currentBackend, useBackend } from './engine.ts';
import { moveToBackend } from './move-to-backend.ts';

/** The reference as a device that reads asynchronously, until it is lost; it knows what was uploaded. */
function device(lost = { now: false }): Backend & { lost: { now: boolean } } {
  const { readSync: _, ...backend } = reference();
  const uploaded = new Map<Memory, TypedArray>();
  return {
    ...backend,
    name: 'device',
    dtypes: ['float32', 'int32', 'bool'],
    lost,
    upload(values) {
      const memory = backend.upload(values);
      uploaded.set(memory, values.slice());
      return memory;
    },
    valuesOnHost: ({ memory, offset }) => uploaded.get(memory)?.slice(offset),
    async read(x) {
      if (lost.now) throw new DeviceLostError('read', 'it is gone');
      return backend.read(x);
    },
  };
}

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
  const far = { ...device(), name: 'far' };
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
  const on = device();
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
  const on = device();
  const here = tensor([5]);
  useBackend(on);
  const there = tensor([1, 2]);
  on.lost.now = true;
  const to = reference();
  await expect(moveToBackend(to, [here, there])).rejects.toThrow(DeviceLostError);
  expect(here.storage.backend).not.toBe(to);
  await moveToBackend(to, [here, there], { ifLost: 'zeros' });
  expect([[...here.dataSync()], [...there.dataSync()]]).toEqual([[5], [0, 0]]);
});

test('to another device what was uploaded is taken from the host, and what was computed is refused', async () => {
  useBackend(device());
  const uploaded = tensor([1, 2]);
  const computed = add(uploaded, 1);
  useBackend(device());
  const there = tensor([1, 1]);
  expect(await add(there, uploaded).toArray()).toEqual([2, 3]);
  expect(() => add(there, computed)).toThrow(UnsupportedError);
  expect(() => add(there, computed)).toThrow(
    'transfer: a tensor lies on device, the others on another device. Read it with data() and make it anew, or use moveToBackend().',
  );
});

test('what lies on the CPU follows to a device, which cannot be read at once', async () => {
  const on = device();
  const here = tensor([1, 1]);
  useBackend(on);
  const there = add(tensor([1, 2]), 1);
  useBackend(undefined);
  const sum = add(here, there);
  expect(sum.storage.backend).toBe(on);
  expect(await sum.toArray()).toEqual([3, 4]);
});
