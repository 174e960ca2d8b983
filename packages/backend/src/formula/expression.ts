import type { Binary, Primitive, Unary } from './formula.ts';

/**
 * Pointwise mathematics while it is being written: an immutable node whose operands may be shared. `toFormula` turns
 * results into plain data, where equal sub-expressions are computed once and constants are folded.
 */
export type Expression =
  | { readonly kind: 'arg'; readonly index: number }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'apply'; readonly op: Primitive; readonly args: readonly Expression[] };

/** What the builders take: an expression, or a number that becomes a constant. */
export type Term = Expression | number;

/** The i-th argument of the formula. */
export function arg(index: number): Expression {
  return { kind: 'arg', index };
}

export function constant(value: number): Expression {
  return { kind: 'constant', value };
}

/** A primitive by its name; the functions below are this for one primitive each. */
export function apply(op: Primitive, ...args: readonly Term[]): Expression {
  return { kind: 'apply', op, args: args.map((x) => (typeof x === 'number' ? constant(x) : x)) };
}

type Function1 = (x: Term) => Expression;
type Function2 = (x: Term, y: Term) => Expression;
const unary =
  (op: Unary): Function1 =>
  (x) =>
    apply(op, x);
const binary =
  (op: Binary): Function2 =>
  (x, y) =>
    apply(op, x, y);

export const negate: Function1 = unary('negate');
export const abs: Function1 = unary('abs');
export const sign: Function1 = unary('sign');
export const floor: Function1 = unary('floor');
export const exp: Function1 = unary('exp');
export const expm1: Function1 = unary('expm1');
export const log: Function1 = unary('log');
export const log1p: Function1 = unary('log1p');
export const sqrt: Function1 = unary('sqrt');
export const tanh: Function1 = unary('tanh');
export const sigmoid: Function1 = unary('sigmoid');
export const erf: Function1 = unary('erf');
export const sin: Function1 = unary('sin');
export const cos: Function1 = unary('cos');
export const add: Function2 = binary('add');
export const subtract: Function2 = binary('subtract');
export const multiply: Function2 = binary('multiply');
export const divide: Function2 = binary('divide');
export const power: Function2 = binary('power');
export const minimum: Function2 = binary('minimum');
export const maximum: Function2 = binary('maximum');
export const less: Function2 = binary('less');
export const equal: Function2 = binary('equal');

/** a where the condition is not 0, b elsewhere. */
export function select(condition: Term, a: Term, b: Term): Expression {
  return apply('select', condition, a, b);
}
