import type { Backend } from '@unroll/backend';
import { watchBackends } from '../core/engine.ts';
import { intercepted } from './intercepted.ts';
import type { Recorder } from './recorder.ts';
import { tellScopes } from './scope.ts';

/**
 * Has a recorder in between whenever a backend is called, until the function that it gives is called. The tables of
 * kernels are exchanged on the backends themselves, so it holds for tensors and graphs that exist already, and costs
 * nothing before and after. A frozen backend is let be.
 */
export function attach(recorder: Recorder): () => void {
  const restores: (() => void)[] = [];
  tellScopes(recorder);
  watchBackends((backend) => {
    if (!Object.isFrozen(backend)) restores.push(exchange(backend, recorder));
  });
  return () => {
    tellScopes(undefined);
    watchBackends(undefined);
    for (const restore of restores) restore();
  };
}

function exchange(backend: Backend, recorder: Recorder): () => void {
  const { kernels, fused, upload, read, readSync } = backend;
  const moves = { upload, read, ...(readSync && { readSync }) };
  const record: Recorder['kernel'] = (kernel, args, run) => recorder.kernel(kernel, args, run);
  Object.assign(backend, {
    kernels: intercepted(kernels, record),
    fused: intercepted(fused, record),
    ...intercepted(moves, record, backend),
  });
  backend.trace?.(recorder.takeSpan);
  return () => {
    Object.assign(backend, { kernels, fused, ...moves });
    backend.trace?.(undefined);
  };
}
