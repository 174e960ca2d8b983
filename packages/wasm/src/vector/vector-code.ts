import type { FunctionBuilder, Local } from '../assembly/function.ts';
import { type Expression, f32x4, f64x2, type Statement, v128 } from '../assembly/instructions.ts';
import type { MultiplyAdd } from '../kernels/tile.ts';

/**
 * Straight-line vector code in the making. Values live in locals, each set once; constants too, set before the loop that
 * the code will stand in (`prologue`), because engines make them anew in every turn.
 */
export class VectorCode {
  readonly fn: FunctionBuilder;
  readonly madd: MultiplyAdd;
  readonly #constants = new Map<string, Local>();
  #prologue: Statement[] = [];
  #statements: Statement[] = [];

  constructor(fn: FunctionBuilder, madd: MultiplyAdd) {
    this.fn = fn;
    this.madd = madd;
  }

  /** Computes a value now; what it gives can be used many times. */
  let(value: Expression): Expression {
    const local = this.fn.local('v128');
    this.#statements.push(local.set(value));
    return local.get;
  }

  /** Four copies of a float. */
  float(value: number): Expression {
    return this.#constant(f32x4.const(value));
  }

  /** Two copies of a double. */
  double(value: number): Expression {
    return this.#constant(f64x2.const(value));
  }

  /** Four copies of 32 bits. */
  bits(value: number): Expression {
    return this.#constant(v128.const([value, value, value, value]));
  }

  /** Σ cᵢ·xⁱ by Horner's rule, lowest coefficient first. */
  polynomial(x: Expression, coefficients: readonly number[]): Expression {
    let sum = this.float(coefficients[coefficients.length - 1]);
    for (let i = coefficients.length - 2; i >= 0; i--) {
      sum = this.madd(sum, x, this.float(coefficients[i]));
    }
    return this.let(sum);
  }

  /** A further statement, in its place among the values. */
  emit(statement: Statement): void {
    this.#statements.push(statement);
  }

  /** What sets the constants asked for since the last call; belongs before the loop. */
  prologue(): Statement[] {
    const statements = this.#prologue;
    this.#prologue = [];
    return statements;
  }

  /** The statements since the last call. */
  take(): Statement[] {
    const statements = this.#statements;
    this.#statements = [];
    return statements;
  }

  #constant(value: Expression): Expression {
    const key = value.join();
    let local = this.#constants.get(key);
    if (local === undefined) {
      local = this.fn.local('v128');
      this.#constants.set(key, local);
      this.#prologue.push(local.set(value));
    }
    return local.get;
  }
}
