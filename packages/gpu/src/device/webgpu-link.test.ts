import { UnsupportedError } from '@unroll/backend';
import { afterEach, expect, test } from 'vitest';
import { gpu } from '../gpu.ts';
import type { WebGpuError } from './gpu-js.ts';
import { Refusal } from './link.ts';
import { webGpuLink } from './webgpu-link.ts';

class GPUOutOfMemoryError extends Error {}
class GPUValidationError extends Error {}

/** WebGPU as a test wants it to be. */
class FakeDevice {
  readonly limits = { maxStorageBufferBindingSize: 2 ** 20, maxBufferSize: 2 ** 21 };
  readonly lost: Promise<{ reason: string; message: string }>;
  readonly scopes: string[] = [];
  /** What scopes will catch, by kind. */
  readonly errors: Record<string, WebGpuError[]> = { validation: [], 'out-of-memory': [] };
  lose: (message: string) => Promise<unknown>;
  #listen: ((event: { error: WebGpuError }) => void) | undefined;

  constructor() {
    let resolve: (info: { reason: string; message: string }) => void;
    this.lost = new Promise((done) => {
      resolve = done;
    });
    this.lose = async (message) => {
      resolve({ reason: 'destroyed', message });
      await this.lost;
      await Promise.resolve();
    };
  }

  addEventListener(_: string, listen: (event: { error: WebGpuError }) => void): void {
    this.#listen = listen;
  }

  say(error: WebGpuError): void {
    this.#listen?.({ error });
  }

  pushErrorScope(kind: string): void {
    this.scopes.push(kind);
  }

  async popErrorScope(): Promise<WebGpuError | null> {
    return this.errors[this.scopes.pop() ?? '']?.shift() ?? null;
  }
}

let device: FakeDevice | undefined;

/** Puts an adapter where gpu.js looks for one. */
function adapter(value: unknown): void {
  Object.defineProperty(navigator, 'gpu', {
    value: { requestAdapter: async () => value },
    configurable: true,
  });
}

function fake(): FakeDevice {
  const made = new FakeDevice();
  device = made;
  adapter({ limits: made.limits, requestDevice: async () => made });
  return made;
}

afterEach(async () => {
  // gpu.js has one device until that is lost.
  await device?.lose('the test is over');
  device = undefined;
  Reflect.deleteProperty(navigator, 'gpu');
});

test('a device holds what its smaller limit says, by the name of that', async () => {
  const made = fake();
  expect((await webGpuLink()).most).toEqual({
    elements: 2 ** 18,
    because: 'its maxStorageBufferBindingSize is 1048576 bytes',
  });
  made.limits.maxBufferSize = 4096;
  expect((await webGpuLink()).most.because).toBe('its maxBufferSize is 4096 bytes');
  made.limits.maxBufferSize = 2 ** 40;
  made.limits.maxStorageBufferBindingSize = 2 ** 40;
  expect((await webGpuLink()).most.elements).toBe(2 ** 24);
});

test('a loss is known with its reason, and so is the first complaint about unwatched work', async () => {
  const made = fake();
  const link = await webGpuLink();
  expect([link.loss(), link.complaint()]).toEqual([undefined, undefined]);
  made.say(new GPUValidationError('a binding is too large\n - While calling'));
  made.say(new GPUOutOfMemoryError('later'));
  expect(link.complaint()).toEqual({ memory: false, words: 'a binding is too large' });
  await made.lose('the driver fell over\n');
  expect(link.loss()).toBe('WebGPU says device.lost, reason "destroyed": the driver fell over');
});

test('work that is watched gives its result, its own error, or what the driver says, memory first', async () => {
  const made = fake();
  const { watch } = await webGpuLink();
  expect(await watch(async () => 5)).toBe(5);
  const broken = watch(() => Promise.reject(new TypeError('a bug')));
  await expect(broken).rejects.toThrow(TypeError);
  made.errors.validation.push(new GPUValidationError('an invalid buffer'));
  made.errors['out-of-memory'].push(new GPUOutOfMemoryError('no room'));
  const refused = await watch(() => Promise.reject(new Error('what came of it'))).catch((x) => x);
  expect(refused).toBeInstanceOf(Refusal);
  expect(refused.complaint).toEqual({ memory: true, words: 'no room' });
  made.errors.validation.push(new GPUValidationError('not like that'));
  const invalid = await watch(async () => 5).catch((x) => x);
  expect(invalid.complaint).toEqual({ memory: false, words: 'not like that' });
  expect(made.scopes).toEqual([]);
});

test('two backends on one device are watched one after the other, each with scopes of its own', async () => {
  const made = fake();
  const links = [await webGpuLink(), await webGpuLink()];
  const depths: number[] = [];
  await Promise.all(
    links.map(({ watch }) =>
      watch(async () => {
        await Promise.resolve();
        depths.push(made.scopes.length);
      }),
    ),
  );
  expect(depths).toEqual([2, 2]);
});

test('an adapter that is not there, or that gives no device, is an error with the reason', async () => {
  adapter(null);
  await expect(gpu({ mode: 'webgpu' })).rejects.toThrow(UnsupportedError);
  await expect(gpu({ mode: 'webgpu' })).rejects.toThrow('it finds no adapter (in Node it needs');
  const limits = { maxStorageBufferBindingSize: 2 ** 40, maxBufferSize: 2 ** 40 };
  const requestDevice = () => Promise.reject(new Error('maxBufferSize is more than I have'));
  adapter({ limits, requestDevice });
  await expect(gpu()).rejects.toThrow(
    'gpu: no GPU can be used here: WebGPU has an adapter, but it gives no device: Error: maxBufferSize is more than I have; WebGL2 is not there',
  );
});
