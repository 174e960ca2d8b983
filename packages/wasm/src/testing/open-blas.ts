import { findLibrary } from '../blas/find-library.ts';
import type { Library } from '../blas/library.ts';

/** The OpenBLAS of this machine, or undefined, which is printed with the reason, where there is none. */
export function openBlas(): Library | undefined {
  try {
    return findLibrary(true);
  } catch (error) {
    console.warn(`Tests with OpenBLAS are skipped: ${(error as Error).message}`);
    return undefined;
  }
}
