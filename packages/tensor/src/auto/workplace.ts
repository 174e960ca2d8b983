import type { Backend } from '@unroll/backend';
import { fromHost } from '../core/accept.ts';
import { computeOn } from '../core/engine.ts';
import type { Tensor } from '../core/tensor.ts';
import { Sequence } from '../sequence/sequence.ts';

/** Where a run computes. */
export interface Workplace {
  /** Runs a synchronous function there: new tensors live there, and so do the run's own. */
  within<T>(fn: () => T): T;
  /** A value as it can be computed with there: itself, or a copy. */
  bring<X extends Tensor | Sequence>(x: X): Promise<X>;
}

/** Where everything is computed that nobody has placed elsewhere. */
export const here: Workplace = { within: (fn) => fn(), bring: async (x) => x };

/** The backend to which a run has moved its tensors. */
export function workplaceOn(backend: Backend): Workplace {
  return {
    within: (fn) => computeOn(backend, fn),
    bring: (x) => bring(backend, x),
  };
}

/** A copy on a backend of what does not lie there; what the backend cannot hold stays as it is. */
export async function bring<X extends Tensor | Sequence>(backend: Backend, x: X): Promise<X> {
  if (x instanceof Sequence) {
    const rows = await bring(backend, x.rows);
    return (rows === x.rows ? x : x.withRows(rows)) as X;
  }
  const { storage, shape, dtype } = x as Tensor;
  if (storage.backend === backend || !backend.dtypes.includes(dtype)) return x;
  const { operand } = x as Tensor;
  const values = storage.backend.readSync?.(operand) ?? (await storage.backend.read(operand));
  return fromHost(values, shape, dtype, backend) as X;
}
