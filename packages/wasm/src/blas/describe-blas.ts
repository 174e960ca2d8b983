import type { Fact } from '@unroll/backend';
import type { Blas } from './blas.ts';

/** Whether native code computes, and why. */
export function describeBlas(blas: Blas | undefined): Fact {
  if (blas === undefined) {
    return { value: 'none', why: 'nobody asked for it with wasm({ blas: true })' };
  }
  return { value: blas.name, why: 'wasm({ blas }) asked for it; it computes large products' };
}
