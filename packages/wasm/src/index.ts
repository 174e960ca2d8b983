export type { SimdKind } from './machine/simd.ts';
export { MemoryError } from './memory/memory-error.ts';
export { ThreadError } from './threads/thread-error.ts';
export type { WasmBackend, WasmOptions } from './wasm.ts';
export { wasm } from './wasm.ts';
