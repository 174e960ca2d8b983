import type { DType } from './dtype.ts';
import type { Shape } from './shape.ts';

/** Memory of a backend, opaque to all others. Contiguous, row-major. */
export interface Memory {
  readonly dtype: DType;
  readonly length: number;
}

/** A tensor as a kernel sees it: `shape` laid over `memory` from the element `offset` on. */
export interface Operand {
  readonly memory: Memory;
  readonly offset: number;
  readonly shape: Shape;
  readonly dtype: DType;
}
