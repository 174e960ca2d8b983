import {
  type Expression,
  expand,
  expression,
  type Formula,
  toFormula,
  UnsupportedError,
} from '@unroll/backend';
import { Symbolic, type Tracer } from '../core/symbolic.ts';
import type { Tensor } from '../core/tensor.ts';
import { type Argument, applyOutputs } from './arithmetic.ts';
import { update } from './update.ts';

/** What a fused function may return: one value, or several in an array. */
export type FusedResult = Symbolic | readonly [Symbolic, ...Symbolic[]];

/** One result for each value that a fused function returned. */
type Results<Y extends FusedResult, R> = Y extends Symbolic ? R : { [K in keyof Y]: R };

/** A fused operation: of tensors and numbers or, inside of another or of a cell, of symbolic values and numbers. */
export interface Fused<X extends Symbolic[], Y extends FusedResult> {
  (...args: { [K in keyof X]: Tensor | number }): Results<Y, Tensor>;
  (...args: { [K in keyof X]: Symbolic | number }): Results<Y, Symbolic>;
  /**
   * Writes the results over `targets` instead of making new tensors, in one pass where the backend can: what optimizers
   * do. The rules are those of `assign`; the arguments may be among the targets.
   *
   * @param targets one for each result, all of the shape and dtype of the results
   * @param writer who writes, for the message of a backward pass that needs the older values
   * @throws ShapeError, DTypeError when results and targets do not agree; AutogradError when a target was computed
   */
  assignTo(
    targets: readonly Tensor[],
    writer: string,
    ...args: { [K in keyof X]: Tensor | number }
  ): void;
}

/**
 * Makes one operation, with its derivative, out of a function of pointwise operations: one loop over the elements
 * instead of one per operation. The function is traced once, with symbolic values, so it must not read values or close
 * over tensors. It may return several values in an array: then so does the operation, and what they share is computed
 * once.
 *
 * @throws UnsupportedError when the function does something that is not pointwise
 * @example
 * const mish = fuse((x) => mul(x, tanh(softplus(x))));
 * const y = mish(tensor([-1, 0, 1]));
 * const polar = fuse((r, phi) => [mul(r, cos(phi)), mul(r, sin(phi))]);
 * const [x1, x2] = polar(tensor([1, 2]), 0.5);
 */
export function fuse<X extends Symbolic[], Y extends FusedResult>(
  fn: (...args: X) => Y,
  options?: { name?: string },
): Fused<X, Y>;
export function fuse(
  fn: (...args: Symbolic[]) => FusedResult,
  options: { name?: string } = {},
): unknown {
  let traced: { formula: Formula; single: boolean } | undefined;
  const tracedFor = (args: readonly Argument[]) => {
    traced ??= trace(options.name ?? (fn.name || 'fused'), fn, args.length);
    return traced;
  };
  const apply = (...args: Argument[]) => {
    const { formula, single } = tracedFor(args);
    const results = applyOutputs(formula, 'floating', args);
    return single ? results[0] : results;
  };
  const assignTo = (targets: readonly Tensor[], writer: string, ...args: Argument[]) =>
    update(tracedFor(args).formula, targets, writer, args);
  return Object.assign(apply, { assignTo });
}

function trace(name: string, fn: (...args: Symbolic[]) => FusedResult, arity: number) {
  const tracer = new PointwiseTracer(name);
  const result = fn(...Array.from({ length: arity }, (_, i) => tracer.value(expression.arg(i))));
  const results: readonly unknown[] = Array.isArray(result) ? result : [result];
  const outputs = results.map((x) => {
    if (x instanceof Symbolic && x.tracer === tracer) return tracer.expressions[x.ref];
    throw new UnsupportedError(
      name,
      'a fused function must return values computed from its arguments, one or an array of them',
    );
  });
  if (outputs.length === 0) throw new UnsupportedError(name, 'a fused function returned no value');
  return { formula: toFormula(name, arity, outputs), single: !Array.isArray(result) };
}

class PointwiseTracer implements Tracer {
  readonly expressions: Expression[] = [];
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  value(expression: Expression): Symbolic {
    return new Symbolic(this, this.expressions.push(expression) - 1, 1);
  }

  pointwise(formula: Formula, args: readonly (Symbolic | number)[]): Symbolic {
    const inputs = args.map((x) =>
      typeof x === 'number' ? expression.constant(x) : this.expressions[x.ref],
    );
    return this.value(expand(formula, inputs)[formula.outputs[0]]);
  }

  matmul(): never {
    return this.#refuse('matmul');
  }

  concat(): never {
    return this.#refuse('concat');
  }

  columns(): never {
    return this.#refuse('split');
  }

  softmax(): never {
    return this.#refuse('softmax');
  }

  #refuse(operation: string): never {
    throw new UnsupportedError(
      this.#name,
      `${operation} is not pointwise, so it cannot be fused. Call it outside, or write a cell with defineCell().`,
    );
  }
}
