import { acquireDevice, makeGpuJs, type WebGpuDevice, type WebGpuError } from './gpu-js.ts';
import { type Complaint, type Link, mostOf, Refusal } from './link.ts';

/**
 * The way to WebGPU's device. gpu.js has one for all its instances, and asks for another once it is lost.
 *
 * @throws Error when the adapter does not give one
 */
export async function webGpuLink(): Promise<Link> {
  const device = await acquireDevice();
  let loss: string | undefined;
  let complaint: Complaint | undefined;
  device.lost.then(({ reason, message }) => {
    loss = `WebGPU says device.lost, reason "${reason}"${message && `: ${message.trim()}`}`;
  });
  device.addEventListener('uncapturederror', ({ error }) => {
    complaint ??= complaintOf(error);
  });
  const { maxStorageBufferBindingSize: binding, maxBufferSize: buffer } = device.limits;
  const [name, bytes] =
    binding <= buffer ? ['maxStorageBufferBindingSize', binding] : ['maxBufferSize', buffer];
  return {
    mode: 'webgpu',
    gpu: makeGpuJs({ mode: 'webgpu' }),
    most: mostOf({
      elements: Math.floor(bytes / Float32Array.BYTES_PER_ELEMENT),
      because: `its ${name} is ${bytes} bytes`,
    }),
    loss: () => loss,
    complaint: () => complaint,
    watch: (work) => watched(device, work),
  };
}

let last: Promise<unknown> = Promise.resolve();

/** Backends share the device, and scopes are a stack: one at a time. */
function watched<T>(device: WebGpuDevice, work: () => Promise<T>): Promise<T> {
  const done = last.then(() => inScopes(device, work));
  last = done.catch(() => undefined);
  return done;
}

async function inScopes<T>(device: WebGpuDevice, work: () => Promise<T>): Promise<T> {
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

function complaintOf(error: WebGpuError): Complaint {
  const memory = error.constructor.name === 'GPUOutOfMemoryError';
  return { memory, words: error.message.trim().split('\n')[0] };
}
