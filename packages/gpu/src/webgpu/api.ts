/** The little of WebGPU that is used here; no standard library of TypeScript has it. */
export interface GpuDevice {
  readonly queue: GpuQueue;
  readonly limits: Readonly<Record<'maxStorageBufferBindingSize' | 'maxBufferSize', number>>;
  createBuffer(settings: { readonly size: number; readonly usage: number }): GpuBuffer;
  createShaderModule(settings: { readonly code: string }): GpuShaderModule;
  createBindGroupLayout(settings: object): object;
  createPipelineLayout(settings: object): object;
  createComputePipelineAsync(settings: object): Promise<object>;
  createBindGroup(settings: object): object;
  createCommandEncoder(): GpuCommandEncoder;
}

export interface GpuBuffer {
  readonly size: number;
  mapAsync(mode: number, offset: number, size: number): Promise<void>;
  getMappedRange(offset: number, size: number): ArrayBuffer;
  unmap(): void;
  destroy(): void;
}

interface GpuShaderModule {
  getCompilationInfo(): Promise<{ readonly messages: readonly CompilationMessage[] }>;
}

interface CompilationMessage {
  readonly type: string;
  readonly message: string;
  readonly lineNum: number;
}

export interface GpuCommandEncoder {
  beginComputePass(): GpuComputePass;
  copyBufferToBuffer(from: GpuBuffer, at: number, to: GpuBuffer, start: number, size: number): void;
  finish(): object;
}

export interface GpuComputePass {
  setPipeline(pipeline: object): void;
  setBindGroup(index: number, group: object, offsets: readonly number[]): void;
  dispatchWorkgroups(x: number, y: number, z: number): void;
  end(): void;
}

interface GpuQueue {
  submit(commands: readonly object[]): void;
  writeBuffer(
    buffer: GpuBuffer,
    offset: number,
    data: ArrayBuffer | Float32Array,
    start?: number,
    size?: number,
  ): void;
}

/** How a kernel is cut into workgroups. */
export type Workgroups = readonly [x: number, y: number, z: number];

/** Workgroups along an axis, as WebGPU grants them. */
export const MOST_WORKGROUPS = 65535;

/** What a buffer is for, as WebGPU numbers it. */
export const usage = { read: 1, copyFrom: 4, copyTo: 8, uniform: 64, storage: 128 } as const;
