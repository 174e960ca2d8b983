import type { Computation, Ref, Size, Sum, Value } from './program.ts';

/** One kind of computation: all that is known about it except the arithmetic, which belongs to the backends. */
export interface Rule<C extends Computation> {
  /** The values that it reads, in the order in which its equation names them. */
  operands(node: C): readonly Ref[];
  /** The same computation of other values. */
  mapped(node: C, to: (operand: Ref) => Ref): C;
  /** Columns of the result; what does not fit is told to `fail`. */
  size(node: C, look: Look): Size;
  /** The right side of its equation. */
  equation(node: C, name: (operand: Ref) => string): string;
  /** Its derivative: what flows back to each operand that wants a gradient. */
  derivative(node: C, flow: Flow): void;
}

/** What a size rule sees: the values before this one, the size that was stated, and where complaints go. */
export interface Look {
  at(operand: Ref): Value;
  readonly stated: Size | undefined;
  fail(words: string): void;
}

/** What a derivative rule sees. Values of the forward program are named by their own refs, all else is new. */
export interface Flow {
  /** The value of which this is the derivative, in the forward program. */
  readonly self: Ref;
  /** Its cotangent, in the derivative program. */
  readonly dy: Ref;
  wants(operand: Ref): boolean;
  size(operand: Ref): Size;
  /** A forward value as the derivative program reads it: saved, or the same weight, memory or per-sequence value. */
  read(operand: Ref): Ref;
  /** A new value of the derivative program. */
  emit(node: Computation, size?: Size): Ref;
  /** Adds to the cotangent of an operand. */
  give(operand: Ref, gradient: Ref): void;
  /** Adds to a gradient that is summed over all steps. */
  sum(sum: Sum): void;
}

export function sameSize(a: Size, b: Size): boolean {
  return typeof a === 'number' || typeof b === 'number' ? a === b : a.source === b.source;
}

export function sizeText(size: Size): string {
  return typeof size === 'number' ? String(size) : `the length of source '${size.source}'`;
}

/** Rows and columns of a weight window; a vector has no rows. */
export function weightShape(value: Value): { rows: number | undefined; columns: number } {
  if (value.kind !== 'weight') return { rows: undefined, columns: 0 };
  const columns = value.columns[1] - value.columns[0];
  return { rows: value.rows && value.rows[1] - value.rows[0], columns };
}

/** Complains when a value is not a row per sequence (a weight or a memory is not), or its size depends on a source. */
export function needRow(look: Look, operand: Ref, role: string): number {
  const value = look.at(operand);
  if (value.kind === 'weight' || value.kind === 'memory') {
    look.fail(`${role} must be a value of the step; got the ${value.kind} '${value.name}'`);
  } else if (typeof value.size !== 'number') {
    look.fail(
      `${role} '${value.name}' has ${sizeText(value.size)} for its size, which is not fixed`,
    );
  }
  return typeof value.size === 'number' ? value.size : 0;
}
