import { WebGpu } from '../webgpu/web-gpu.ts';
import { acquireDevice, makeGpuJs } from './gpu-js.ts';
import { type Complaint, type Link, mostOf } from './link.ts';
import { complaintOf, watched } from './webgpu-scopes.ts';

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
    gpu: new WebGpu(makeGpuJs({ mode: 'webgpu' }), device, (work) => watched(device, work)),
    most: mostOf({
      elements: Math.floor(bytes / Float32Array.BYTES_PER_ELEMENT),
      because: `its ${name} is ${bytes} bytes`,
    }),
    loss: () => loss,
    complaint: () => complaint,
    // Kernels wait in a batch for their turn: memory is watched where it is taken.
    watch: (work) => work(),
  };
}
