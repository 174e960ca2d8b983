import { Device } from '../device/device.ts';
import { backendOn, type GpuBackend } from '../gpu.ts';

/** The backend on gpu.js's emulation: the same kernels, run as JavaScript, on any machine. */
export function plainBackend(): GpuBackend {
  const why = 'a test asked for it';
  return backendOn(new Device('cpu'), { mode: 'cpu', name: 'plain JavaScript', why });
}
