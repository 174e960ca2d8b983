import { acquireContext, type GpuJs, type Mode, makeGpuJs } from '../device/gpu-js.ts';
import { WebGpu } from './web-gpu.ts';

/** gpu.js, on WebGPU with kernels that run together. */
export async function openGpuJs(mode: Mode): Promise<GpuJs> {
  const gpu = makeGpuJs(mode);
  return mode === 'webgpu' ? new WebGpu(gpu, await acquireContext()) : gpu;
}
