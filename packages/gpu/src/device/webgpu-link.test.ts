import { UnsupportedError } from '@unroll/backend';
import { afterEach, expect, test } from 'vitest';
import { gpu } from '../gpu.ts';
import type { WebGpuError } from './gpu-js.ts';
import { webGpuLink } from './webgpu-link.ts';

class GPUOutOfMemoryError extends Error {}
class GPUValidationError extends Error {}

/** WebGPU as a test wants it to be. */
class FakeDevice {
  readonly limits = { maxStorageBufferBindingSize: 2 ** 20, maxBufferSize: 2 ** 21 };
  readonly lost: Promise<{ reason: string; message: string }>;
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

  createBuffer(): object {
    return {};
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
