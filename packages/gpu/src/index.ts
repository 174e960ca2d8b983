export type { MemoryInUse } from './device/memory-count.ts';
export type { GpuBackend, GpuOptions } from './gpu.ts';
export { gpu } from './gpu.ts';
