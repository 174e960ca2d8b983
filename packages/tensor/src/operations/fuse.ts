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
import { applyFormula } from './arithmetic.ts';

/**
 * Makes one operation, with its derivative, out of a function of pointwise operations: one loop over the elements
 * instead of one per operation. The function is traced once, with symbolic values, so it must not read values or close
 * over tensors.
 *
 * @throws UnsupportedError when the function does something that is not pointwise
 * @example
 * const mish = fuse((x) => mul(x, tanh(softplus(x))));
 * const y = mish(tensor([-1, 0, 1]));
 */
export function fuse<X extends Symbolic[]>(
  fn: (...args: X) => Symbolic,
  options: { name?: string } = {},
): (...args: { [K in keyof X]: Tensor | number }) => Tensor {
  let formula: Formula | undefined;
  return (...args) => {
    formula ??= trace(
      options.name ?? (fn.name || 'fused'),
      fn as (...args: Symbolic[]) => Symbolic,
      args.length,
    );
    return applyFormula(formula, 'floating', args) as Tensor;
  };
}

function trace(name: string, fn: (...args: Symbolic[]) => Symbolic, arity: number): Formula {
  const tracer = new PointwiseTracer(name);
  const args = Array.from({ length: arity }, (_, i) => tracer.value(expression.arg(i)));
  const result = fn(...args);
  if (!(result instanceof Symbolic) || result.tracer !== tracer) {
    throw new UnsupportedError(
      name,
      'a fused function must return a value computed from its arguments',
    );
  }
  return toFormula(name, arity, [tracer.expressions[result.ref]]);
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
