import {
  allocate,
  type Backend,
  DTypeError,
  dtypeOf,
  type Freeing,
  type Operand,
  OptionError,
  refuseUnknownOptions,
  sizeOf,
  type TypedArray,
  UnsupportedError,
} from '@unroll/backend';
import { type Adapter, openGpu } from './device/adapter.ts';
import { Content } from './device/content.ts';
import { Device, valuesOnHost } from './device/device.ts';
import { contentOf, GpuMemory, isWhole } from './device/gpu-memory.ts';
import type { MemoryInUse } from './device/memory-count.ts';
import { absent } from './kernels/absent.ts';
import { makeFused } from './kernels/fused.ts';
import { makeKernels } from './kernels/kernels.ts';
import { elements } from './kernels/move.ts';
import { makeRecurrence } from './recurrence/scan.ts';

export interface GpuOptions {
  /** Which way to the GPU; the first that works of WebGPU and WebGL2, without. */
  readonly mode?: 'webgpu' | 'webgl2';
  /** What to compute on where there is no GPU; the reason is told by `console.warn`. Default: none, it is an error. */
  readonly fallback?: Backend;
}

/** A backend on a GPU. */
export interface GpuBackend extends Backend {
  readonly mode: 'webgpu' | 'webgl2' | 'cpu';
  /** What the driver calls itself; a software adapter has a name too. */
  readonly adapter: string;
  /** How many kernels were run so far. */
  dispatches(): number;
  /** How many different kernels were compiled for that. */
  compiled(): number;
  /**
   * A backend with the same options on a fresh device, after a read has thrown DeviceLostError; the same for all who
   * ask. What lay on the lost one is gone, except for what was uploaded.
   */
  renew(): Promise<GpuBackend>;
  /** What lies on the device now; what was submitted and has not run is not there yet. */
  memory(): MemoryInUse;
  /** Gives the GPU back when all that was submitted is done; the backend cannot be used after that. */
  destroy(): Promise<void>;
}

/**
 * A backend on the GPU, through gpu.js: WebGPU where there is an adapter, in the browser and in Node (with the package
 * `webgpu`), else WebGL2. It computes float32; whole numbers whose values are known stay on the host, float64 is the
 * reference's. Kernels run in the order in which they were submitted; what goes wrong on the way is thrown by `read`:
 * DeviceLostError when the device is gone, OutOfMemoryError when it has no room.
 *
 * @throws UnsupportedError where there is no GPU and no `fallback`, with what is missing; OptionError for an option that
 * does not exist
 * @example
 * const backend = await gpu({ fallback: reference() });
 * const memory = backend.upload(new Float32Array([1, 2]));
 */
export async function gpu(
  options?: GpuOptions & { readonly fallback?: never },
): Promise<GpuBackend>;
export async function gpu(options: GpuOptions): Promise<Backend>;
export async function gpu(options: GpuOptions = {}): Promise<Backend> {
  refuseUnknownOptions('gpu', options, { mode: true, fallback: true });
  const { mode, fallback } = options;
  if (mode !== undefined && mode !== 'webgpu' && mode !== 'webgl2') {
    throw new OptionError('gpu', `mode must be 'webgpu' or 'webgl2'; got '${String(mode)}'`);
  }
  try {
    return await gpuOf(mode);
  } catch (error) {
    if (fallback === undefined || !(error instanceof UnsupportedError)) throw error;
    console.warn(`${error.message}. Computing on ${fallback.name}.`);
    return fallback;
  }
}

async function gpuOf(mode: GpuOptions['mode']): Promise<GpuBackend> {
  const { link, adapter } = await openGpu(mode);
  return backendOn(new Device(link), adapter, () => gpuOf(mode));
}

/** The backend of a device, and how to make another like it. */
export function backendOn(
  device: Device,
  adapter: Adapter,
  renew: () => Promise<GpuBackend>,
): GpuBackend {
  const { release, ...recurrence } = makeRecurrence(device);
  let renewed: Promise<GpuBackend> | undefined;
  return {
    name: 'gpu',
    mode: adapter.mode,
    adapter: adapter.name,
    dtypes: ['float32', 'int32', 'bool'],
    dispatches: () => device.dispatches,
    compiled: () => device.compiled,
    memory: () => device.memory.inUse(),
    destroy: () => device.destroy(),
    renew() {
      renewed ??= renew().catch((error: unknown) => {
        renewed = undefined;
        throw error;
      });
      return renewed;
    },
    describe: () => ({
      mode: { value: adapter.mode, why: adapter.why },
      adapter: { value: adapter.name, why: 'the driver says so' },
      memory: { value: inWords(device.memory.inUse()), why: 'what lies on the device now' },
    }),
    upload,
    read: (x) => read(device, x),
    valuesOnHost: (x) => valuesOnHost(x)?.slice(),
    release,
    freeing,
    kernels: { ...makeKernels(device), ...recurrence },
    fused: makeFused(device),
    absent,
  };
}

const freeing: Freeing = {
  isOnHost: (memory) => (memory as GpuMemory).onHost,
  stay: (memory) => (memory as GpuMemory).stay(),
  free: (memory) => (memory as GpuMemory).free(),
};

function inWords({ buffers, bytes }: MemoryInUse): string {
  return `${(bytes / 1e6).toFixed(1)} MB in ${buffers} buffers`;
}

function upload(values: TypedArray): GpuMemory {
  const dtype = dtypeOf(values);
  if (dtype === undefined || dtype === 'float64') {
    throw new DTypeError('upload', 'the GPU takes Float32Array, Int32Array or Uint8Array', {
      dtype,
    });
  }
  return new GpuMemory(dtype, new Content(values.length, values.slice()));
}

async function read(device: Device, x: Operand): Promise<TypedArray> {
  const { host } = contentOf(x);
  const size = sizeOf(x.shape);
  if (host !== undefined) return host.slice(x.offset, x.offset + size);
  const content = isWhole(x) ? contentOf(x) : elements(device, x, 'read');
  const reading = device.read(content);
  const values = allocate(x.dtype, size);
  values.set(await reading);
  return values;
}
