import { type Backend, type FusedKernels, UnsupportedError } from '@unroll/backend';

/** The kernel of a backend for a loss that nothing composes. @throws UnsupportedError where it has none */
export function kernelOf<K extends 'ctcLoss' | 'crfLoss'>(
  { name, fused, absent }: Backend,
  loss: K,
): FusedKernels[K] {
  const kernel = fused[loss];
  if (kernel) return kernel;
  const why = absent?.[loss];
  throw new UnsupportedError(
    loss,
    `the backend ${name} has no kernel for it${why ? `: ${why}` : ''}. Compute this loss on the CPU: useBackend(wasm()) for the model and its loss.`,
    { backend: name },
  );
}
