import { useBackend } from '@unroll/tensor';
import { wasm } from '@unroll/wasm';
import type { everyTask } from './common.ts';
import type { Values } from './option.ts';

/** Has `run` computed as the options say, on the default backend where they say nothing. */
export async function computing<T>(
  { threads, blas }: Pick<Values<typeof everyTask>, 'threads' | 'blas'>,
  run: () => Promise<T>,
): Promise<T> {
  if (threads === undefined && !blas) return run();
  const before = useBackend(wasm({ threads, blas }));
  try {
    return await run();
  } finally {
    useBackend(before);
  }
}
