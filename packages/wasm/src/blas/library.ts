import type { Koffi } from './koffi.ts';

/** `cblas_sgemm` as it is: addresses are those of the process. */
type Sgemm = (
  order: number,
  transposeA: number,
  transposeB: number,
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: number,
  lda: number,
  b: number,
  ldb: number,
  beta: number,
  c: number,
  ldc: number,
) => void;

/** A BLAS library that this thread has loaded. */
export interface Library {
  /** For people, without folders. */
  readonly name: string;
  /** What it was loaded by. */
  readonly path: string;
  readonly sgemm: Sgemm;
  /** Where a buffer lies in the process. */
  addressOf(buffer: ArrayBufferLike): number;
}

const SGEMM =
  'void cblas_sgemm(int order, int transposeA, int transposeB, int m, int n, int k, float alpha, ' +
  'uintptr_t a, int lda, uintptr_t b, int ldb, float beta, uintptr_t c, int ldc)';

/**
 * Loads a library and tells it to use one thread: it is called from threads of our own.
 *
 * @throws whatever the loader says, where it cannot be loaded or has no `cblas_sgemm`
 */
export function openLibrary(koffi: Koffi, path: string): Library {
  const library = koffi.load(path);
  const sgemm = library.func(SGEMM) as unknown as Sgemm;
  const optional = (signature: string): ((...args: number[]) => unknown) | undefined => {
    try {
      return library.func(signature);
    } catch {
      return undefined;
    }
  };
  optional('void openblas_set_num_threads(int count)')?.(1);
  const config = optional('const char *openblas_get_config()')?.();
  const core = optional('const char *openblas_get_corename()')?.();
  return {
    name: nameOf(path, config, core),
    path,
    sgemm,
    // An address in user space has 47 or 48 bits.
    addressOf: (buffer) => Number(koffi.address(buffer)),
  };
}

/** `OpenBLAS 0.3.21 (Haswell)`: version and kernels both decide about bits. Another library is known by its file. */
function nameOf(path: string, config: unknown, core: unknown): string {
  const version = /OpenBLAS\s+(\S+)/.exec(String(config))?.[1];
  if (version === undefined) return path.replace(/^.*[\\/]/, '');
  return typeof core === 'string' ? `OpenBLAS ${version} (${core})` : `OpenBLAS ${version}`;
}
