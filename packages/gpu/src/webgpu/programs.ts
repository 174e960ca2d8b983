import type { GpuJs } from '../device/gpu-js.ts';
import { type GpuDevice, usage } from './api.ts';

/** A compiled kernel. */
export interface Program {
  readonly pipeline: object;
  /** Buffers that it reads; one more is its result. */
  readonly inputs: number;
}

/** Where the numbers of a kernel begin, in words of four bytes: behind its sizes, and those of each input. */
export function firstNumber(inputs: number): number {
  return 4 + 4 * inputs;
}

/** Compiles kernels, and has the layouts of their buffers: one for each number of inputs, so that kernels share them. */
export class Programs {
  readonly #device: GpuDevice;
  readonly #layouts: object[] = [];

  constructor(device: GpuDevice) {
    this.#device = device;
  }

  /** Parameters at an offset of their own for each run, the inputs, the result. */
  layout(inputs: number): object {
    this.#layouts[inputs] ??= this.#device.createBindGroupLayout({
      entries: Array.from({ length: inputs + 2 }, (_, binding) => ({
        binding,
        visibility: 4,
        buffer: bufferAt(binding, inputs),
      })),
    });
    return this.#layouts[inputs];
  }

  /** @throws Error with what the compiler says, and the text */
  async compile(code: string, inputs: number): Promise<Program> {
    const module = this.#device.createShaderModule({ code });
    const { messages } = await module.getCompilationInfo();
    const errors = messages.filter(({ type }) => type === 'error');
    if (errors.length > 0) {
      const words = errors.map(({ lineNum, message }) => `line ${lineNum}: ${message}`).join('\n');
      throw new Error(`WGSL that does not compile:\n${words}\n${code}`);
    }
    const layout = this.#device.createPipelineLayout({ bindGroupLayouts: [this.layout(inputs)] });
    const compute = { module, entryPoint: 'main' };
    return { inputs, pipeline: await this.#device.createComputePipelineAsync({ layout, compute }) };
  }
}

function bufferAt(binding: number, inputs: number): object {
  if (binding === 0) return { type: 'uniform', hasDynamicOffset: true };
  return { type: binding <= inputs ? 'read-only-storage' : 'storage' };
}

/** The parts of gpu.js's WebGPU kernel that translate; its own run would submit every kernel by itself. */
interface Translator {
  _buildAsync(): Promise<void>;
  build(...args: readonly unknown[]): Promise<void>;
  readonly compiledSource: string;
}

/** The WGSL that gpu.js makes of a kernel's text; nothing is compiled. */
export async function translated(
  gpu: GpuJs,
  source: string,
  settings: Readonly<Record<string, unknown>>,
  inputs: number,
  numbers: number,
): Promise<string> {
  const types = [...Array(inputs).fill('Array'), ...Array(numbers).fill('Number')];
  const made = gpu.createKernel(source, { ...settings, argumentTypes: types });
  const { kernel } = made as unknown as { kernel: Translator };
  kernel._buildAsync = () => Promise.resolve();
  await kernel.build(...types.map((type) => (type === 'Array' ? new Float32Array(1) : 0)));
  return kernel.compiledSource;
}

/** Uses of the buffers of a layout. */
export const uses = {
  parameters: usage.uniform | usage.copyTo,
  values: usage.storage | usage.copyFrom | usage.copyTo,
  reads: usage.read | usage.copyTo,
} as const;
