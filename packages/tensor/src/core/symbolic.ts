import type { Formula, Size } from '@unroll/backend';

/** What a symbolic value stands in for, and so what may be done with it. */
export interface Tracer {
  /** A formula over symbolic values and numbers. */
  pointwise(formula: Formula, args: readonly (Symbolic | number)[]): Symbolic;
  /** value · matrix; refused by tracers that know no matrices. */
  matmul(x: Symbolic, weight: Symbolic, transposed: boolean): Symbolic;
  concat(parts: readonly Symbolic[]): Symbolic;
  columns(x: Symbolic, from: number, to: number): Symbolic;
  softmax(x: Symbolic): Symbolic;
}

/**
 * A value that has no numbers yet: the argument of a cell's step or of a function that is fused. Operations on it are
 * written down instead of computed.
 */
export class Symbolic {
  readonly tracer: Tracer;
  /** The tracer's own number for it. */
  readonly ref: number;
  /** Columns; of a memory's scores the source, whose length only the run knows. */
  readonly size: Size;

  constructor(tracer: Tracer, ref: number, size: Size) {
    this.tracer = tracer;
    this.ref = ref;
    this.size = size;
  }

  /** A step that reads or compares a value as a number ends up here. */
  [Symbol.toPrimitive](): never {
    throw new TypeError(
      'a symbolic value has no number: a step may not read a value or branch on one. Use where(condition, x, y), or declare an input.',
    );
  }
}
