export type { GpuBackend, GpuOptions } from './gpu.ts';
export { gpu } from './gpu.ts';
