import type { WebGpuDevice, WebGpuError } from './gpu-js.ts';
import { type Complaint, Refusal } from './link.ts';

type Scopes = Pick<WebGpuDevice, 'pushErrorScope' | 'popErrorScope'>;

let last: Promise<unknown> = Promise.resolve();

/**
 * Has work done and hears what WebGPU says against it. Backends share the device, and scopes are a stack: one at a time.
 *
 * @throws Refusal for what it says, memory first; else what the work throws
 */
export function watched<T>(device: Scopes, work: () => Promise<T>): Promise<T> {
  const done = last.then(() => inScopes(device, work));
  last = done.catch(() => undefined);
  return done;
}

async function inScopes<T>(device: Scopes, work: () => Promise<T>): Promise<T> {
  device.pushErrorScope('validation');
  device.pushErrorScope('out-of-memory');
  const [done] = await Promise.allSettled([work()]);
  const memory = await device.popErrorScope();
  const invalid = await device.popErrorScope();
  // Memory that is not there makes all that uses it invalid.
  const error = memory ?? invalid;
  if (error) throw new Refusal(complaintOf(error));
  if (done.status === 'rejected') throw done.reason;
  return done.value;
}

/** What an error of WebGPU complains about. */
export function complaintOf(error: WebGpuError): Complaint {
  const memory = error.constructor.name === 'GPUOutOfMemoryError';
  return { memory, words: error.message.trim().split('\n')[0] };
}
