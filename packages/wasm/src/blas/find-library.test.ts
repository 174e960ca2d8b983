import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { OptionError, UnsupportedError } from '@unroll/backend';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openBlas } from '../testing/open-blas.ts';
import { findLibrary } from './find-library.ts';
import { type Koffi, loadKoffi } from './koffi.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A koffi that knows these libraries, each with its functions. */
function koffiWith(libraries: Record<string, Record<string, (...args: number[]) => unknown>>) {
  const asked: string[] = [];
  const load = (path: string) => {
    asked.push(path);
    const functions = libraries[path];
    if (functions === undefined) throw new Error(`Failed to load shared library: ${path}`);
    return {
      func: (signature: string) => {
        const name = /(\w+)\(/.exec(signature)![1];
        if (!(name in functions)) throw new Error(`Cannot find function '${name}'`);
        return functions[name];
      },
    };
  };
  return { asked, koffi: { load, address: () => 4096n } as unknown as Koffi };
}

const cblas_sgemm = () => {};

test('OpenBLAS is looked for by the names of each system', () => {
  const places = {
    linux: 'libopenblas.so.0',
    darwin: '/opt/homebrew/opt/openblas/lib/libopenblas.dylib',
    win32: 'libopenblas.dll',
    freebsd: 'libopenblas.so',
  };
  for (const [platform, place] of Object.entries(places)) {
    const { koffi } = koffiWith({ [place]: { cblas_sgemm } });
    expect(findLibrary(true, koffi, platform).path).toBe(place);
  }
});

test('it is told to use one thread, and named by its version and the kernels that it has chosen', () => {
  const openblas_set_num_threads = vi.fn();
  const { koffi } = koffiWith({
    'libopenblas.so.0': {
      cblas_sgemm,
      openblas_set_num_threads,
      openblas_get_config: () => 'OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH MAX_THREADS=64',
      openblas_get_corename: () => 'Haswell',
    },
  });
  const library = findLibrary(true, koffi, 'linux');
  expect(library.name).toBe('OpenBLAS 0.3.21 (Haswell)');
  expect(openblas_set_num_threads).toHaveBeenCalledExactlyOnceWith(1);
  expect(library.addressOf(new ArrayBuffer(8))).toBe(4096);
});

test('without OpenBLAS the error says what was tried, what to install, and that it can be left out', () => {
  const advice = {
    linux: 'apt install libopenblas0',
    darwin: 'brew install openblas',
    win32: 'PATH',
  };
  for (const [platform, words] of Object.entries(advice)) {
    const { koffi, asked } = koffiWith({});
    const find = () => findLibrary(true, koffi, platform);
    expect(find).toThrow(UnsupportedError);
    expect(find).toThrow(words);
    expect(find).toThrow(`tried ${[...new Set(asked)].join(', ')}`);
    expect(find).toThrow('or leave out blas');
  }
});

test('a path is loaded as it is; another library is known by its file', () => {
  const { koffi, asked } = koffiWith({ '/opt/mkl/libmkl_rt.so': { cblas_sgemm } });
  expect(findLibrary('/opt/mkl/libmkl_rt.so', koffi, 'linux').name).toBe('libmkl_rt.so');
  expect(asked).toEqual(['/opt/mkl/libmkl_rt.so']);
});

test('a path to no library, and one to a library without cblas_sgemm, are refused by name', () => {
  const { koffi } = koffiWith({ '/usr/lib/libm.so.6': {} });
  expect(() => findLibrary('/nowhere/libcblas.so', koffi)).toThrow(OptionError);
  expect(() => findLibrary('/nowhere/libcblas.so', koffi)).toThrow("'/nowhere/libcblas.so' is no");
  expect(() => findLibrary('/usr/lib/libm.so.6', koffi)).toThrow("Cannot find function 'cblas");
});

test('where there is no Node the error says so', () => {
  vi.stubGlobal('process', undefined);
  expect(() => loadKoffi()).toThrow(UnsupportedError);
  expect(() => loadKoffi()).toThrow('native BLAS needs Node');
});

test('where koffi is not installed the error says what to install', () => {
  const createRequire = () => () => {
    throw new Error("Cannot find module 'koffi'");
  };
  vi.stubGlobal('process', { getBuiltinModule: () => ({ createRequire }) });
  expect(() => loadKoffi()).toThrow(UnsupportedError);
  expect(() => loadKoffi()).toThrow('npm install koffi');
});

test('koffi itself refuses a broken library with our words', () => {
  const file = fileURLToPath(import.meta.url);
  expect(() => findLibrary(file)).toThrow(OptionError);
  expect(() => findLibrary(file)).toThrow('find-library.test.ts');
});

describe.skipIf(openBlas() === undefined)('the OpenBLAS of this machine', () => {
  test('has a name with its version', () => {
    expect(findLibrary(true).name).toMatch(/^OpenBLAS \d+\.\d+/);
  });

  test('lets a process that has used it end by itself', () => {
    const source = (name: string) => new URL(name, import.meta.url).href;
    const script = `
      import { findLibrary } from '${source('./find-library.ts')}';
      import { blasOver } from '${source('./blas.ts')}';
      const memory = new WebAssembly.Memory({ initial: 16 });
      const blas = blasOver(findLibrary(true), memory);
      blas.gemm(false, false, 64, 64, 64, 64, 64, 65536, 64, 0, 131072, 64);
      console.log('done');`;
    const args = ['--conditions=@unroll/source', '--input-type=module', '--eval', script];
    const cwd = fileURLToPath(new URL('.', import.meta.url));
    const output = execFileSync(process.execPath, args, { cwd, encoding: 'utf8', timeout: 20_000 });
    expect(output).toBe('done\n');
  });
});
