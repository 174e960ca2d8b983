import * as gpuJs from 'gpu.js';
import type { Context, Workgroups } from '../webgpu/api.ts';

/** How gpu.js computes. `cpu` is its own emulation in plain JavaScript: it finds errors in kernels without a GPU. */
export type Mode = 'webgpu' | 'webgl2' | 'cpu';

/** A result that stays where it was computed. */
export interface Handle {
  toArray(): ArrayLike<number> | Promise<ArrayLike<number>>;
  delete(): void;
}

/** A kernel; as of gpu.js 3 every call gives a promise, and as of now `await` makes no difference. */
export interface RunKernel {
  (...args: readonly unknown[]): Handle | Promise<Handle>;
  setOutput(size: readonly [number]): void;
  /** Of a kernel in WGSL. */
  setWorkgroups?(counts: Workgroups): void;
}

/** The little of gpu.js that is used here. */
export interface GpuJs {
  createKernel(source: string, settings: Readonly<Record<string, unknown>>): RunKernel;
  addFunction(source: string, settings: Readonly<Record<string, unknown>>): void;
  /** A kernel in WGSL, and values that are brought without a kernel: on WebGPU. */
  createWgsl?(code: string): RunKernel;
  upload?(values: Float32Array): Handle;
  destroy(): Promise<void>;
}

const { GPU } = gpuJs;
/** Its own types leave this out. */
const { WebGPUContext } = gpuJs as unknown as {
  readonly WebGPUContext: { acquire(): Promise<Context> };
};

/** A new instance; its own type says less than its code does: kernels may be text. */
export function makeGpuJs(mode: Mode): GpuJs {
  return new GPU({ mode }) as unknown as GpuJs;
}

/** WebGPU's device, one for all instances. */
export function acquireContext(): Promise<Context> {
  return WebGPUContext.acquire();
}

export function supports(mode: Mode): boolean | Promise<boolean> {
  if (mode === 'webgpu') return GPU.isWebGPUAvailable();
  return mode === 'cpu' || GPU.isWebGL2Supported;
}
