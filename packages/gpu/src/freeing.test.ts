import type { Freeing, Memory, Operand } from '@unroll/backend';
import { lstm } from '@unroll/backend/testing/hard-cells';
import { beforeEach, describe, expect, test } from 'vitest';
import type { GpuBackend } from './gpu.ts';
import { plainBackend } from './testing/plain-backend.ts';

const N = 2000;
let backend: GpuBackend;
let freeing: Freeing;
beforeEach(() => {
  backend = plainBackend();
  freeing = backend.freeing as Freeing;
});

const whole = (memory: Memory, shape: readonly number[] = [memory.length]): Operand => ({
  memory,
  offset: 0,
  shape,
  dtype: memory.dtype,
});
const uploaded = (value: number, length = N) =>
  backend.upload(new Float32Array(length).fill(value));
const computed = (value: number) => backend.kernels.pad(whole(uploaded(value)), [0], [1], value);

/** What lies on the device when all that was submitted has run. */
async function settled(memory: Memory) {
  await backend.read(whole(memory));
  await backend.read(whole(memory));
  return backend.memory();
}

test('what a kernel makes on its way leaves the device when it has run', async () => {
  const x = uploaded(1);
  const sum = backend.fused.sumOfSquares?.([whole(x)]) as Memory;
  expect(await settled(sum)).toEqual({ buffers: 2, bytes: 4 * (N + 1) });
  const sums = backend.kernels.cumsum(whole(x), 0, false);
  expect(await settled(sums)).toEqual({ buffers: 3, bytes: 4 * (2 * N + 1) });
});

test('ids and their order are on the device only while a kernel reads them', async () => {
  const x = uploaded(1);
  const ids = backend.upload(Int32Array.from({ length: N }, (_, i) => i % 10));
  const y = backend.kernels.indexAdd([10], whole(ids), whole(x), 0);
  expect(await settled(y)).toEqual({ buffers: 2, bytes: 4 * (N + 10) });
});

test('memory that is freed leaves when kernels that were submitted before have read it', async () => {
  const x = computed(3);
  const y = backend.kernels.slice(whole(x), [0], [10], [1]);
  freeing.free(x);
  expect([...(await backend.read(whole(y)))]).toEqual(new Array(10).fill(3));
  expect((await settled(y)).bytes).toBe(4 * (N + 10));
});

test('reading and using memory that was freed is an error', async () => {
  const x = computed(3);
  freeing.free(x);
  expect(() => backend.kernels.cast(whole(x), 'bool')).toThrow('this value was freed');
  await expect(backend.read(whole(x))).rejects.toThrow('this value was freed');
});

test('what came from the host leaves the device once, comes back when it is read, and stays then', async () => {
  const x = uploaded(2);
  const last = async () =>
    (await backend.read(whole(backend.kernels.slice(whole(x), [0], [2], [1]))))[0];
  const [start, used] = [backend.memory().bytes, 4 * N];
  expect(await last()).toBe(2);
  freeing.free(x);
  expect(backend.memory().bytes - start).toBeLessThan(used);
  for (let i = 0; i < 2; i++) {
    expect(await last()).toBe(2);
    freeing.free(x);
    expect(backend.memory().bytes - start).toBeGreaterThanOrEqual(used);
  }
});

test('a parameter that came from the host stays', async () => {
  const x = uploaded(2);
  freeing.stay(x);
  const y = backend.kernels.slice(whole(x), [0], [2], [1]);
  freeing.free(x);
  expect((await settled(y)).bytes).toBe(4 * (N + 2));
});

test('values that two memories share leave with the second', async () => {
  const x = computed(3);
  const same = backend.kernels.slice(whole(x), [0], [N + 1], [1]);
  const target = backend.upload(new Float32Array(N + 1));
  backend.kernels.assign(whole(target), whole(x));
  freeing.free(x);
  expect((await backend.read(whole(target)))[N]).toBe(3);
  expect((await backend.read(whole(same)))[0]).toBe(3);
  freeing.free(same);
  expect((await backend.read(whole(target)))[N]).toBe(3);
});

test('what is written over leaves the device', async () => {
  const [p, g] = [computed(1), computed(2)];
  const formula = { name: 'add', arity: 2, steps: [{ op: 'add', args: [0, 1] }], outputs: [2] };
  const { bytes } = await settled(g);
  for (let i = 0; i < 3; i++) {
    backend.fused.update?.(formula as never, [whole(p), whole(g)], [whole(p)]);
  }
  expect((await backend.read(whole(p)))[0]).toBe(7);
  expect((await settled(p)).bytes).toBe(bytes);
});

describe('a recurrence', () => {
  const program = lstm();
  // The first two are the program’s.
  const [inputs, units, batch, steps] = [3, 4, 5, 6];
  const call = () => ({
    program,
    schedule: { batchSizes: new Array(steps).fill(batch), reverse: false },
    steps: { x: whole(uploaded(0.1, batch * steps * inputs), [batch * steps, inputs]) },
    states: {
      h: whole(uploaded(0, batch * units), [batch, units]),
      c: whole(uploaded(0, batch * units), [batch, units]),
    },
    sequences: {},
    memories: {},
    lengths: {},
    parameters: {
      W: whole(uploaded(0.1, inputs * 4 * units), [inputs, 4 * units]),
      U: whole(uploaded(0.1, units * 4 * units), [units, 4 * units]),
      b: whole(uploaded(0, 4 * units), [4 * units]),
    },
    watch: [],
  });
  const operands = batch * steps * inputs + 2 * batch * units + 4 * units * (inputs + units + 1);
  const results = batch * steps * units + 2 * batch * units;

  test('leaves its results and nothing else when nothing is saved', async () => {
    const result = backend.kernels.scan({ ...call(), save: false });
    expect((await settled(result.outputs.h)).bytes).toBe(4 * (operands + results));
  });

  test('keeps what it has saved until it is released, though its results are freed', async () => {
    const forward = { ...call(), save: true as const };
    const { saved, outputs, finalStates } = backend.kernels.scan(forward);
    for (const memory of [outputs.h, finalStates.h, finalStates.c]) freeing.free(memory);
    const dh = whole(uploaded(1, batch * steps * units), [batch * steps, units]);
    const backward = () =>
      backend.kernels.scanBackward({
        ...{ forward, saved, outputs: { h: dh }, finalStates: {}, watch: [], lend: [] },
        wanted: { steps: [], states: [], sequences: [], memories: [], parameters: ['U'] },
      }).parameters.U;
    const [once, again] = [backward(), backward()];
    backend.release?.(saved);
    expect([...(await backend.read(whole(once)))]).toEqual([...(await backend.read(whole(again)))]);
    const gradients = 2 * 4 * units * units;
    expect((await settled(again)).bytes).toBe(4 * (operands + batch * steps * units + gradients));
  });
});
