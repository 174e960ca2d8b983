import { beforeEach, describe, expect, test } from 'vitest';
import type { GpuJs, Handle } from '../device/gpu-js.ts';
import type { Link } from '../device/link.ts';
import type { GpuBuffer, GpuDevice } from './api.ts';
import { Pool } from './pool.ts';
import { WebGpu } from './web-gpu.ts';

/** What a device was told, in order. */
let told: string[] = [];
let made = 0;

function buffer({ size }: { readonly size: number }): GpuBuffer {
  const name = `b${made++}`;
  const methods = {
    size,
    mapAsync: async () => undefined,
    getMappedRange: (_: number, bytes: number) => new ArrayBuffer(bytes),
    unmap: () => undefined,
    destroy: () => told.push(`destroy ${name}`),
  };
  return Object.assign(methods, { toString: () => name });
}

/** A device that computes nothing and remembers everything. */
function device(): GpuDevice {
  return {
    limits: { maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 28 },
    queue: {
      submit: () => told.push('submit'),
      writeBuffer: (to) => told.push(`write ${to}`),
    },
    createBuffer: buffer,
    createShaderModule: () => ({
      getCompilationInfo: async () => ({ messages: [] }),
    }),
    createBindGroupLayout: () => ({}),
    createPipelineLayout: () => ({}),
    createComputePipelineAsync: async () => ({}),
    createBindGroup: () => {
      told.push('group');
      return {};
    },
    createCommandEncoder: () => ({
      beginComputePass: () => ({
        setPipeline: () => undefined,
        setBindGroup: () => undefined,
        dispatchWorkgroups: (x, y) => told.push(`dispatch ${x} ${y}`),
        end: () => undefined,
      }),
      copyBufferToBuffer: (from) => told.push(`copy ${from}`),
      finish: () => ({}),
    }),
  };
}

function open(watch: Link['watch'] = (work) => work()): WebGpu {
  const gpuJs = { destroy: async () => undefined } as GpuJs;
  return new WebGpu(gpuJs, device(), watch);
}

beforeEach(() => {
  told = [];
  made = 0;
});

describe('kernels on WebGPU', () => {
  test('are sent together: when someone reads, or when they are many', async () => {
    const gpu = open();
    const kernel = gpu.createWgsl('text');
    const x = await gpu.upload(new Float32Array(100));
    kernel.setOutput([100]);
    let y: Handle = x;
    for (let i = 0; i < 100; i++) y = await kernel(y, 1);
    expect(told.filter((line) => line === 'submit').length).toBe(1);
    expect(told.filter((line) => line === 'dispatch 2 1').length).toBe(100);
    await y.toArray();
    expect(told.filter((line) => line === 'submit').length).toBe(2);
  });

  test('bind the same buffers once', async () => {
    const gpu = open();
    const kernel = gpu.createWgsl('text');
    const x = await gpu.upload(new Float32Array(4));
    kernel.setOutput([4]);
    for (let i = 0; i < 5; i++) (await kernel(x, i)).delete();
    expect(told.filter((line) => line === 'group').length).toBe(1);
  });

  test('of many elements are folded where one axis does not take them', async () => {
    const gpu = open();
    const kernel = gpu.createWgsl('text');
    kernel.setOutput([65536 * 64]);
    await kernel(await gpu.upload(new Float32Array(4)));
    expect(told.at(-1)).toBe('dispatch 32768 2');
  });

  test('read what was there when they were submitted, though their buffer has a new use', async () => {
    const gpu = open();
    const kernel = gpu.createWgsl('text');
    kernel.setOutput([50]);
    const x = await gpu.upload(new Float32Array(4));
    await kernel(x);
    x.delete();
    const [written] = told;
    await gpu.upload(new Float32Array(4));
    expect(told.slice(-2)).toEqual(['submit', written]);
  });

  test('are not in a batch before the device has granted them much memory', async () => {
    let granted = true;
    const gpu = open(async (work) => {
      const done = await work();
      if (granted) return done;
      throw new Error('no room');
    });
    const kernel = gpu.createWgsl('text');
    const x = await gpu.upload(new Float32Array(4));
    const run = async (length: number) => {
      kernel.setOutput([length]);
      return kernel(x);
    };
    (await run(2 ** 22)).delete();
    granted = false;
    await run(2 ** 22); // the buffer that was given back
    told = [];
    await expect(run(2 ** 22)).rejects.toThrow('no room');
    await expect(gpu.upload(new Float32Array(2 ** 22))).rejects.toThrow('no room');
    expect(told).toEqual([]);
    const y = await run(2 ** 20);
    expect(told).toEqual(['group', 'dispatch 16384 1']);
    await y.toArray();
  });
});

describe('the pool of buffers', () => {
  test('lends what was given back to whoever asks for about as much', () => {
    const pool = new Pool(device(), 0);
    const first = pool.take(100_000);
    pool.give(first);
    expect(pool.take(99_000)).toBe(first);
    expect(pool.take(99_000)).not.toBe(first);
    expect(first.buffer.size).toBeGreaterThanOrEqual(100_000);
    expect(first.buffer.size).toBeLessThanOrEqual(125_000);
  });

  test('counts what is lent and what waits, and lets go of too much', () => {
    const pool = new Pool(device(), 0);
    const all = Array.from({ length: 5 }, () => pool.take(2 ** 26));
    expect([pool.lent, pool.idle]).toEqual([5 * 2 ** 26, 0]);
    for (const lent of all.slice(0, 4)) pool.give(lent);
    pool.trim();
    expect([pool.lent, pool.idle]).toEqual([2 ** 26, 2 ** 28]);
    pool.give(all[4]);
    pool.trim();
    expect([pool.lent, pool.idle]).toEqual([0, 0]);
    expect(told.length).toBe(5);
  });

  test('counts nothing that the device has not granted', async () => {
    const pool = new Pool(device(), 0);
    const refusing: Link['watch'] = async (work) => {
      await work();
      throw new Error('no room');
    };
    await expect(pool.takeLarge(2 ** 26, refusing)).rejects.toThrow('no room');
    expect([pool.lent, pool.idle]).toEqual([0, 0]);
    pool.give(await pool.takeLarge(2 ** 26, (work) => work()));
    await pool.takeLarge(2 ** 26, refusing);
    expect([pool.lent, pool.idle]).toEqual([2 ** 26, 0]);
  });

  test('rounds up to no more than a buffer may have', () => {
    const pool = new Pool(device(), 0);
    expect(pool.take(2 ** 27 - 4).buffer.size).toBe(2 ** 27);
    expect(pool.take(2 ** 27 + 4).buffer.size).toBe(2 ** 27 + 4);
  });
});
