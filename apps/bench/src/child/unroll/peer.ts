import { currentBackend, manualSeed, useBackend } from '@unroll/tensor';
import { wasm } from '@unroll/wasm';
import type { Facts } from '../../protocol.ts';
import type { Prepare } from '../../specs.ts';
import { startPacked } from './packed.ts';
import { prepare } from './prepare.ts';

/**
 * Our own packages on their default backend, or as `words` says: `--blas`, with native products; `--threads 2`;
 * `--packed`, nothing but the tiles of products.
 */
export async function start(words: readonly string[]): Promise<{ prepare: Prepare; facts: Facts }> {
  if (words.includes('--packed')) return startPacked();
  const at = words.indexOf('--threads');
  const options = {
    ...(words.includes('--blas') && { blas: true }),
    ...(at >= 0 && { threads: Number(words[at + 1]) }),
  };
  if (Object.keys(options).length > 0) useBackend(wasm(options));
  manualSeed(1);
  return { prepare, facts: await readyBackend() };
}

/** Waits until the other threads are there: what is measured is not their start. */
async function readyBackend(): Promise<Facts> {
  const backend = currentBackend() as ReturnType<typeof currentBackend> & Partial<WasmFacts>;
  await backend.ready?.();
  const { name, simd = 'none', threads = 1, blas = 'none' } = backend;
  return { node: process.version, backend: name, simd, threads, blas };
}

type WasmFacts = Pick<ReturnType<typeof wasm>, 'ready' | 'simd' | 'threads' | 'blas'>;
