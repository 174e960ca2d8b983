import { type Formula, type Size, UnsupportedError } from '@unroll/backend';

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

  /** A step that compares a value, branches on one or puts one into a string ends up here. */
  [Symbol.toPrimitive](): never {
    refuseToRead();
  }

  // What reads a tensor, for steps in plain JavaScript; hidden, so that a compiler refuses it before.
  protected data(): never {
    refuseToRead();
  }

  protected dataSync(): never {
    refuseToRead();
  }

  protected item(): never {
    refuseToRead();
  }

  protected itemSync(): never {
    refuseToRead();
  }

  protected toArray(): never {
    refuseToRead();
  }
}

function refuseToRead(): never {
  throw new UnsupportedError(
    'step',
    'a symbolic value has no number: a step may not read a value or branch on one. Use where(condition, x, y), or declare an input.',
  );
}
