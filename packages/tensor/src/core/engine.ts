import { type Backend, type DType, reference, UnsupportedError } from '@unroll/backend';
import { wasm } from '@unroll/wasm';

/** Under this registered symbol a tensor carries its engine, so that a second copy of the package is noticed. */
export const engineSymbol: unique symbol = Symbol.for('unroll.engine') as never;

/** Which copy of the engine this is: where it was loaded from. */
export const engine = { version: '0.0.0', url: import.meta.url } as const;

let chosen: Backend | undefined;
let checking: Backend | undefined;

/**
 * The backend that new float32, int32 and bool tensors live on: `wasm()` unless `useBackend` was called, or the reference
 * on an engine without WebAssembly SIMD.
 */
export function currentBackend(): Backend {
  chosen ??= fastest();
  return chosen;
}

/**
 * Makes `backend` the one that new tensors live on. Tensors that exist stay where they are.
 *
 * @returns the backend that was in use before
 * @example
 * const before = useBackend(reference());
 */
export function useBackend(backend: Backend): Backend {
  const before = currentBackend();
  chosen = backend;
  return before;
}

/** Where tensors of a dtype live: float64 is for checks and always on the reference. */
export function backendFor(dtype: DType): Backend {
  const current = currentBackend();
  return dtype !== 'float64' && current.dtypes.includes(dtype) ? current : referenceBackend();
}

/** WebAssembly where the engine has its SIMD instructions, plain TypeScript where it has not. */
function fastest(): Backend {
  try {
    return wasm();
  } catch (error) {
    if (error instanceof UnsupportedError) return referenceBackend();
    throw error;
  }
}

function referenceBackend(): Backend {
  checking ??= reference();
  return checking;
}
