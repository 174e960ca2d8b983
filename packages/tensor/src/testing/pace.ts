import type { Backend } from '@unroll/backend';

/**
 * Has a backend say of each kernel, before it runs it, that it was called: a test then lets its clock go on, and the backend
 * has a speed of its own.
 *
 * @example
 * const slow = pace(reference(), () => vi.advanceTimersByTime(5));
 */
export function pace<B extends Backend>(backend: B, called: () => void): B {
  const paced = <F extends object>(functions: F): F => {
    const entries = Object.entries(functions).map(([name, fn]) => [
      name,
      (...args: unknown[]) => {
        called();
        return fn.apply(functions, args);
      },
    ]);
    return Object.fromEntries(entries) as F;
  };
  return Object.assign(backend, {
    kernels: paced(backend.kernels),
    fused: paced(backend.fused),
  });
}
