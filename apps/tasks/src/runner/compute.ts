import { type Backend, OptionError } from '@unroll/backend';
import { useBackend } from '@unroll/tensor';
import { wasm } from '@unroll/wasm';
import type { everyTask } from './common.ts';
import type { Values } from './option.ts';

/** Has `run` computed as the options say, on the default backend where they say nothing. */
export async function computing<T>(
  { device, threads, blas }: Pick<Values<typeof everyTask>, 'device' | 'threads' | 'blas'>,
  run: () => Promise<T>,
): Promise<T> {
  const onCpu = threads !== undefined || blas;
  if (device === 'gpu' && onCpu) {
    const words = 'computes neither with threads nor with a BLAS; leave --threads and --blas out';
    throw new OptionError('--device gpu', words);
  }
  if (device === 'cpu' && !onCpu) return run();
  const before = useBackend(device === 'gpu' ? await onGpu() : wasm({ threads, blas }));
  try {
    return await run();
  } finally {
    useBackend(before);
  }
}

/** Loaded only where it is asked for. */
async function onGpu(): Promise<Backend> {
  const { gpu } = await import('@unroll/gpu');
  return gpu();
}
