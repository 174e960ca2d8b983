import type { Backend } from '@unroll/backend';
import { intercepted } from '../profile/intercepted.ts';

/**
 * Has a backend say of each kernel, before it runs it, that it was called: a test then lets its clock go on, and the backend
 * has a speed of its own.
 *
 * @example
 * const slow = pace(reference(), () => vi.advanceTimersByTime(5));
 */
export function pace<B extends Backend>(backend: B, called: () => void): B {
  const paced = (_: string, __: readonly unknown[], run: () => unknown) => {
    called();
    return run();
  };
  return Object.assign(backend, {
    kernels: intercepted(backend.kernels, paced),
    fused: intercepted(backend.fused, paced),
  });
}
