import { UnsupportedError } from '@unroll/backend';
import type * as koffi from 'koffi';

/** What is used of the package that calls native code. */
export type Koffi = Pick<typeof koffi, 'load' | 'address'>;

/**
 * Loads the package `koffi`, which is optional. It goes by Node's own `require`, so that no bundler for browsers sees it
 * and nothing is loaded before it is asked for.
 *
 * @throws UnsupportedError where this is no Node, or the package is not installed
 */
export function loadKoffi(): Koffi {
  const modules = globalThis.process?.getBuiltinModule?.('node:module');
  if (modules === undefined) {
    throw new UnsupportedError(
      'wasm',
      'native BLAS needs Node; leave out blas, and WebAssembly computes',
    );
  }
  try {
    return modules.createRequire(import.meta.url)('koffi') as Koffi;
  } catch (cause) {
    throw new UnsupportedError(
      'wasm',
      'native BLAS is called through the package koffi, which could not be loaded. Install it beside @unroll/wasm ' +
        '(npm install koffi), or leave out blas, and WebAssembly computes',
      {},
      cause,
    );
  }
}
