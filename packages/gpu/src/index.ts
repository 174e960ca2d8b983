export type { MemoryInUse } from './device/pool.ts';
export type { GpuBackend, GpuOptions } from './gpu.ts';
export { gpu } from './gpu.ts';
