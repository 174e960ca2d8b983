import { OptionError, UnsupportedError } from '@unroll/backend';
import { type Koffi, loadKoffi } from './koffi.ts';
import { type Library, openLibrary } from './library.ts';

interface Platform {
  /** Names for the system's own search, or paths where that does not look. */
  readonly names: readonly string[];
  readonly advice: string;
}

const linux: Platform = {
  names: ['libopenblas.so.0', 'libopenblas.so', 'libopenblasp.so.0'],
  advice: 'apt install libopenblas0, or dnf install openblas',
};
const platforms: Readonly<Record<string, Platform>> = {
  darwin: {
    names: [
      '/opt/homebrew/opt/openblas/lib/libopenblas.dylib',
      '/usr/local/opt/openblas/lib/libopenblas.dylib',
      'libopenblas.dylib',
    ],
    advice: 'brew install openblas',
  },
  win32: {
    names: ['libopenblas.dll', 'openblas.dll'],
    advice:
      'put libopenblas.dll of github.com/OpenMathLib/OpenBLAS/releases into a folder that is on PATH',
  },
};

/**
 * The library that `wasm({ blas })` asks for: OpenBLAS where the system has it, or the one at a path.
 *
 * @throws UnsupportedError where there is no Node, no koffi or no OpenBLAS; OptionError where the library at the path
 * cannot be loaded or has no cblas_sgemm. Each says what to do.
 */
export function findLibrary(
  blas: true | string,
  koffi: Koffi = loadKoffi(),
  platform: string = process.platform,
): Library {
  return blas === true ? findOpenBlas(koffi, platform) : libraryAt(koffi, blas);
}

function findOpenBlas(koffi: Koffi, platform: string): Library {
  const { names, advice } = platforms[platform] ?? linux;
  let cause: unknown;
  for (const name of names) {
    try {
      return openLibrary(koffi, name);
    } catch (error) {
      cause ??= error;
    }
  }
  throw new UnsupportedError(
    'wasm',
    `blas: true needs OpenBLAS, and none could be loaded (tried ${names.join(', ')}). Install it (${advice}), ` +
      "give its place as wasm({ blas: '/path/to/the/library' }), or leave out blas, and WebAssembly computes",
    { names },
    cause,
  );
}

function libraryAt(koffi: Koffi, path: string): Library {
  try {
    return openLibrary(koffi, path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OptionError(
      'wasm',
      `blas: '${path}' is no library with cblas_sgemm that can be loaded: ${reason}. Give the path of one, ` +
        'true for the OpenBLAS of the system, or leave out blas',
      { path },
      cause,
    );
  }
}
