import { GPU, WebGPUContext } from 'gpu.js';
import type { GpuDevice, Workgroups } from '../webgpu/api.ts';

declare module 'gpu.js' {
  /** Exported, but not among its types. */
  const WebGPUContext: { acquire(): Promise<{ readonly device: GpuDevice & WebGpuDevice }> };
}

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
  /** The values of a result, where its own `toArray` would keep the thread waiting: on WebGL2. */
  read?(handle: Handle, length: number): Promise<ArrayLike<number>>;
  upload?(values: Float32Array): Handle | Promise<Handle>;
  destroy(): Promise<void>;
}

/** The little of WebGPU that tells how a device fares. */
export interface WebGpuDevice {
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  addEventListener(
    type: 'uncapturederror',
    listen: (event: { readonly error: WebGpuError }) => void,
  ): void;
  pushErrorScope(kind: 'validation' | 'out-of-memory'): void;
  popErrorScope(): Promise<WebGpuError | null>;
  destroy(): void;
}

/** A GPUOutOfMemoryError or a GPUValidationError. */
export interface WebGpuError {
  readonly message: string;
}

/** How an instance is made; with a context, kernels run there. */
interface Settings {
  readonly mode: Mode;
  readonly canvas?: object;
  readonly context?: object;
}

/** A new instance; its own type says less than its code does: kernels may be text. */
export function makeGpuJs(settings: Settings): GpuJs {
  return new GPU(settings as never) as unknown as GpuJs;
}

/** WebGPU's device, one for all instances; a new one after it was lost. */
export async function acquireDevice(): Promise<GpuDevice & WebGpuDevice> {
  return (await WebGPUContext.acquire()).device;
}

export function supports(mode: Mode): boolean | Promise<boolean> {
  if (mode === 'webgpu') return GPU.isWebGPUAvailable();
  return mode === 'cpu' || GPU.isWebGL2Supported;
}
