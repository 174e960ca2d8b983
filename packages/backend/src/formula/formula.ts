/**
 * A formula: pointwise mathematics as plain data. It computes one or more scalars from its arguments; a backend applies
 * it to every element. Registers 0 … arity − 1 hold the arguments, register arity + i the result of step i.
 */
export interface Formula {
  /** What error messages, profiles and the anomaly mode call it. */
  readonly name: string;
  readonly arity: number;
  readonly steps: readonly Step[];
  /** Registers that are the results. */
  readonly outputs: readonly number[];
}

/** One step: a constant, or a primitive applied to earlier registers. */
export type Step =
  | { readonly op: 'constant'; readonly value: number }
  | { readonly op: Primitive; readonly args: readonly number[] };

export type Unary =
  | 'negate'
  | 'abs'
  | 'sign'
  | 'floor'
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sqrt'
  | 'tanh'
  | 'sigmoid'
  | 'erf'
  | 'sin'
  | 'cos';
export type Binary =
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'power'
  | 'minimum'
  | 'maximum'
  | 'less'
  | 'equal';
/** `select(c, a, b)`: a where c is not 0, b elsewhere; the branch not taken does not matter, be it NaN. */
export type Ternary = 'select';

/**
 * What a backend must compute for one element. `less` and `equal` give 1 or 0 and are 0 when a side is NaN; `minimum` and
 * `maximum` give NaN when a side is NaN; `sign` and `floor` are as in Math.
 */
export type Primitive = Unary | Binary | Ternary;
