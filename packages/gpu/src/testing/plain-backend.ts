import { Device } from '../device/device.ts';
import { makeGpuJs } from '../device/gpu-js.ts';
import { type Link, plainLink } from '../device/link.ts';
import { backendOn, type GpuBackend } from '../gpu.ts';

/** The backend on gpu.js's emulation: the same kernels, run as JavaScript, on any machine. */
export function plainBackend(): GpuBackend {
  return backendOnLink(plainLink(makeGpuJs({ mode: 'cpu' })));
}

/** The same with a device of a test's own, which may fail. */
export function backendOnLink(link: Link): GpuBackend {
  const why = 'a test asked for it';
  const adapter = { mode: link.mode, name: 'plain JavaScript', why };
  return backendOn(new Device(link), adapter, async () => plainBackend());
}
