import {
  DeviceLostError,
  type Memory,
  OutOfMemoryError,
  UnrollError,
  UnsupportedError,
} from '@unroll/backend';
import { beforeEach, expect, test } from 'vitest';
import { backendOnLink } from '../testing/plain-backend.ts';
import { makeGpuJs } from './gpu-js.ts';
import { type Complaint, type Link, mostOf, plainLink, Refusal } from './link.ts';

const whole = (memory: Memory) =>
  ({ memory, offset: 0, shape: [memory.length], dtype: memory.dtype }) as const;

const full: Complaint = { memory: true, words: 'no room' };

/** What the device has to say, in the test's hands. */
let says: { loss?: string; complaint?: Complaint; refuses?: Complaint };
let watched: number;

beforeEach(() => {
  says = {};
  watched = 0;
});

function backend(change: Partial<Link> = {}) {
  return backendOnLink({
    ...plainLink(makeGpuJs({ mode: 'cpu' })),
    loss: () => says.loss,
    complaint: () => says.complaint,
    watch(work) {
      watched++;
      if (says.refuses) throw new Refusal(says.refuses);
      return work();
    },
    ...change,
  });
}

test('a lost device is told by the next read, with the operation, the reason and the way out', async () => {
  const { kernels, upload, read, renew } = backend();
  const x = whole(upload(Float32Array.of(1, -2)));
  const before = kernels.cast(x, 'bool');
  await read(whole(before));
  says.loss = 'WebGPU says device.lost, reason "unknown": a driver fell over';
  const after = kernels.pad(x, [1], [0], 0);
  const error = await read(whole(after)).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(DeviceLostError);
  expect(error).toMatchObject({ operation: 'pad', details: { loss: says.loss } });
  expect(String(error)).toContain(
    'the GPU was lost, and all values on it (WebGPU says device.lost, reason "unknown": a driver fell over). useBackend(await backend.renew()) takes a fresh one',
  );
  await expect(read(whole(before))).rejects.toThrow('read: the GPU was lost');
  const fresh = await renew();
  expect(await renew()).toBe(fresh);
  expect([...(await fresh.read(whole(fresh.upload(Float32Array.of(3)))))]).toEqual([3]);
});

test('what was uploaded outlives the device, though it lay there', async () => {
  const { kernels, upload, read, valuesOnHost } = backend();
  const x = whole(upload(Float32Array.of(1, 2, 3)));
  await read(whole(kernels.pad(x, [1], [0], 0)));
  says.loss = 'gone';
  expect([...(await read(x))]).toEqual([1, 2, 3]);
  expect([...(valuesOnHost?.({ ...x, offset: 1, shape: [2] }) ?? [])]).toEqual([2, 3]);
});

test('a device that is lost while it computes does not give a result', async () => {
  const { kernels, upload, read } = backend();
  const x = whole(upload(Float32Array.of(1, 2)));
  const result = kernels.pad(x, [1], [0], 0);
  const reading = read(whole(result));
  says.loss = 'gone';
  await expect(reading).rejects.toThrow(DeviceLostError);
});

test('a large result without room says how much was asked for and how much was alive', async () => {
  const { kernels, upload, read } = backend();
  const x = whole(upload(new Float32Array(2 ** 18)));
  const kept = kernels.pad(x, [0], [2 ** 18], 0);
  await read(whole(kept));
  expect(watched).toBe(0);
  says.refuses = full;
  const large = kernels.pad(x, [0], [2 ** 22 - 2 ** 18], 1);
  const after = kernels.cast(whole(large), 'bool');
  for (const memory of [large, after]) {
    const error = await read(whole(memory)).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(OutOfMemoryError);
    expect(error).toMatchObject({ details: { asked: 2 ** 24, alive: 3 * 2 ** 20 } });
    expect(String(error)).toContain(
      'pad: the GPU is out of memory: it was asked for 16.0 MiB with 3.0 MiB alive (no room). Use smaller batches, windows or layers, or compute on the CPU',
    );
  }
  // What does not come of it is computed as before.
  const small = kernels.pad(whole(upload(Float32Array.of(5))), [1], [0], 0);
  expect([...(await read(whole(small)))]).toEqual([0, 5]);
});

test('what a driver says against work that nobody watched is told by every read from then on', async () => {
  const { kernels, upload, read } = backend();
  const x = whole(upload(Float32Array.of(1, 2)));
  const before = kernels.pad(x, [1], [0], 0);
  await read(whole(before));
  says.complaint = full;
  await expect(read(whole(before))).rejects.toThrow(
    'read: the GPU is out of memory: it was asked for a small piece',
  );
  says.complaint = { memory: false, words: 'a binding is too large' };
  const after = kernels.pad(x, [1], [0], 0);
  const error = await read(whole(after)).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(UnrollError);
  expect(String(error)).toContain('read: the GPU refused work: a binding is too large');
});

test('what a device cannot hold is refused when it is submitted, operand or result, with both numbers', () => {
  const most = mostOf({ elements: 32, because: 'its maxBufferSize is 128 bytes' });
  const { kernels, upload } = backend({ most });
  const fits = whole(upload(new Float32Array(32)));
  const large = whole(upload(new Float32Array(33)));
  expect(() => kernels.reduce('sum', fits, 0)).not.toThrow();
  expect(() => kernels.reduce('sum', large, 0)).toThrow(UnsupportedError);
  expect(() => kernels.reduce('sum', large, 0)).toThrow(
    'sum: an operand of 33 elements is too large for this GPU: it takes 32, its maxBufferSize is 128 bytes. Use smaller batches, windows or layers, or compute on the CPU.',
  );
  expect(() => kernels.pad(fits, [0], [1], 0)).toThrow('pad: a result of 33 elements is too large');
  expect(mostOf({ elements: 2 ** 30, because: '' }).elements).toBe(2 ** 24);
});
