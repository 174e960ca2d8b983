import { type DType, DTypeError, type Formula, selectOutputs, table } from '@unroll/backend';
import { asTensor, floatingDType, fromHost, home } from '../core/accept.ts';
import { Symbolic } from '../core/symbolic.ts';
import { hostMemory, type Tensor } from '../core/tensor.ts';
import { pointwise } from './core.ts';

/** What a pointwise operation takes: tensors and numbers, or symbolic values and numbers. */
export interface UnaryOperation {
  (x: Tensor): Tensor;
  (x: Symbolic): Symbolic;
}

export interface BinaryOperation {
  (x: Tensor | number, y: Tensor | number): Tensor;
  (x: Symbolic | number, y: Symbolic | number): Symbolic;
}

export type Argument = Tensor | Symbolic | number;

/** How the dtype of a result follows from its inputs: the same kind of number, always floating, or a mask. */
export type ResultKind = 'same' | 'floating' | 'bool';

/** The first result of a formula, the only one of every operation here. */
function applyFormula(
  formula: Formula,
  kind: ResultKind,
  args: readonly Argument[],
): Tensor | Symbolic {
  return applyOutputs(formula, kind, args)[0];
}

/** Applies a formula to tensors or to symbolic values, whichever came; one result per output. */
export function applyOutputs(
  formula: Formula,
  kind: ResultKind,
  args: readonly Argument[],
): readonly (Tensor | Symbolic)[] {
  const symbol = args.find((x) => x instanceof Symbolic);
  if (symbol) {
    const inputs = args.map((x) => symbolic(formula.name, x));
    return formula.outputs.map((_, i) =>
      symbol.tracer.pointwise(selectOutputs(formula, [i]), inputs),
    );
  }
  const { inputs, dtype } = tensorsOf(formula, kind, args);
  return pointwise(formula, inputs, kind === 'bool' ? 'bool' : dtype);
}

/** All arguments as tensors on one backend, and the dtype that is computed in. */
export function tensorsOf(
  formula: Formula,
  kind: ResultKind,
  args: readonly Argument[],
): { inputs: Tensor[]; dtype: DType } {
  const tensors: Tensor[] = [];
  for (const x of args) if (typeof x !== 'number') tensors.push(asTensor(formula.name, x));
  if (tensors.length === 0) {
    throw new DTypeError(formula.name, 'needs at least one tensor; got numbers only');
  }
  const dtype = computeDType(formula.name, kind, tensors, args);
  if (tensors.length === args.length) return { inputs: tensors, dtype };
  const backend = home(tensors);
  const inputs = args.map((x) =>
    typeof x === 'number' ? scalar(x, dtype, backend) : (x as Tensor),
  );
  return { inputs, dtype };
}

function symbolic(operation: string, x: Argument): Symbolic | number {
  if (typeof x === 'number' || x instanceof Symbolic) return x;
  throw new DTypeError(
    operation,
    `a step closes over a tensor (${asTensor(operation, x)}). Declare it as a weight or an input of the cell, or pass it to the fused function.`,
  );
}

function scalar(value: number, dtype: DType, backend: ReturnType<typeof home>): Tensor {
  const values = hostMemory(dtype, []);
  values[0] = value;
  return fromHost(values, [], dtype, backend);
}

function computeDType(
  operation: string,
  kind: ResultKind,
  tensors: readonly Tensor[],
  args: readonly Argument[],
): DType {
  const floating = floatingDType(operation, tensors);
  if (floating) return floating;
  const fractional = args.some((x) => typeof x === 'number' && !Number.isInteger(x));
  return kind === 'floating' || fractional ? 'float32' : 'int32';
}

/* @__NO_SIDE_EFFECTS__ */
const unary =
  (name: keyof typeof table, kind: ResultKind): UnaryOperation =>
  (x: Argument) =>
    applyFormula(table[name].formula, kind, [x]) as Tensor & Symbolic;

/* @__NO_SIDE_EFFECTS__ */
const binary =
  (name: keyof typeof table, kind: ResultKind): BinaryOperation =>
  (x: Argument, y: Argument) =>
    applyFormula(table[name].formula, kind, [x, y]) as Tensor & Symbolic;

/** x + y, element by element, broadcast; more than two are added from left to right. */
export function add(x: Tensor | number, y: Tensor | number, ...more: (Tensor | number)[]): Tensor;
export function add(
  x: Symbolic | number,
  y: Symbolic | number,
  ...more: (Symbolic | number)[]
): Symbolic;
export function add(x: Argument, y: Argument, ...more: Argument[]): Tensor | Symbolic {
  let total = plus(x as Tensor, y as Tensor);
  for (const next of more) total = plus(total, next as Tensor);
  return total;
}
const plus = binary('add', 'same');

/** The sum of any number of tensors of broadcastable shapes, one at least. */
export function addAll(terms: readonly Tensor[]): Tensor {
  return terms.reduce((total, x) => plus(total, x));
}

/** x − y. */
export const sub: BinaryOperation = binary('sub', 'same');
/** x · y, element by element. */
export const mul: BinaryOperation = binary('mul', 'same');
/** x / y; ids and masks become float32. */
export const div: BinaryOperation = binary('div', 'floating');
/** xʸ. A negative x needs a whole y; otherwise NaN. */
export const pow: BinaryOperation = binary('pow', 'same');
/** The smaller of both; NaN where a side is NaN. */
export const minimum: BinaryOperation = binary('minimum', 'same');
/** The larger of both; NaN where a side is NaN. */
export const maximum: BinaryOperation = binary('maximum', 'same');

/** −x. */
export const neg: UnaryOperation = unary('neg', 'same');
/** |x|; gradient 0 at 0. */
export const abs: UnaryOperation = unary('abs', 'same');
/** −1, 0 or 1; gradient 0. */
export const sign: UnaryOperation = unary('sign', 'same');
/** The largest whole number not above x; gradient 0. */
export const floor: UnaryOperation = unary('floor', 'same');
/** x². */
export const square: UnaryOperation = unary('square', 'same');
/** √x. */
export const sqrt: UnaryOperation = unary('sqrt', 'floating');
/** 1/√x. */
export const rsqrt: UnaryOperation = unary('rsqrt', 'floating');
/** 1/x. */
export const reciprocal: UnaryOperation = unary('reciprocal', 'floating');
/** eˣ. */
export const exp: UnaryOperation = unary('exp', 'floating');
/** eˣ − 1, exact near 0. */
export const expm1: UnaryOperation = unary('expm1', 'floating');
/** The natural logarithm. */
export const log: UnaryOperation = unary('log', 'floating');
/** log(1 + x), exact near 0. */
export const log1p: UnaryOperation = unary('log1p', 'floating');
export const sin: UnaryOperation = unary('sin', 'floating');
export const cos: UnaryOperation = unary('cos', 'floating');
/** The error function 2/√π ∫₀ˣ e^(−t²) dt. */
export const erf: UnaryOperation = unary('erf', 'floating');

/** The logistic function σ(x) = 1/(1 + e⁻ˣ). */
export const sigmoid: UnaryOperation = unary('sigmoid', 'floating');
/** The hyperbolic tangent, 2σ(2x) − 1. */
export const tanh: UnaryOperation = unary('tanh', 'floating');
/** max(x, 0); gradient 0 at 0. */
export const relu: UnaryOperation = unary('relu', 'same');
/** x·Φ(x), Φ the normal distribution function (Hendrycks & Gimpel 2016), by erf. */
export const gelu: UnaryOperation = unary('gelu', 'floating');
/** x·σ(x), also called swish (Elfwing et al. 2017). */
export const silu: UnaryOperation = unary('silu', 'floating');
/** log(1 + eˣ). */
export const softplus: UnaryOperation = unary('softplus', 'floating');
/** log σ(x) = −softplus(−x). */
export const logSigmoid: UnaryOperation = unary('logSigmoid', 'floating');
/** min(max(x/6 + 1/2, 0), 1), PyTorch's slope. */
export const hardSigmoid: UnaryOperation = unary('hardSigmoid', 'floating');
/** min(max(x, −1), 1). */
export const hardTanh: UnaryOperation = unary('hardTanh', 'floating');

/** x where positive, slope·x elsewhere. */
export function leakyRelu(x: Tensor, options?: { slope?: number }): Tensor;
export function leakyRelu(x: Symbolic, options?: { slope?: number }): Symbolic;
export function leakyRelu(
  x: Argument,
  { slope = 0.01 }: { slope?: number } = {},
): Tensor | Symbolic {
  return applyFormula(table.leakyRelu.formula, 'floating', [x, slope]);
}

/** x where positive, alpha·(eˣ − 1) elsewhere (Clevert et al. 2015). */
export function elu(x: Tensor, options?: { alpha?: number }): Tensor;
export function elu(x: Symbolic, options?: { alpha?: number }): Symbolic;
export function elu(x: Argument, { alpha = 1 }: { alpha?: number } = {}): Tensor | Symbolic {
  return applyFormula(table.elu.formula, 'floating', [x, alpha]);
}

/** x cut to [min, max]; the gradient stops where it was cut. */
export function clamp(x: Tensor, limits: { min?: number; max?: number }): Tensor;
export function clamp(x: Symbolic, limits: { min?: number; max?: number }): Symbolic;
export function clamp(
  x: Argument,
  { min = -Infinity, max = Infinity }: { min?: number; max?: number },
): Tensor | Symbolic {
  return applyFormula(table.clamp.formula, 'same', [x, min, max]);
}

/** x = y as a mask; false where a side is NaN. */
export const equal: BinaryOperation = binary('equal', 'bool');
/** x ≠ y; true where a side is NaN. */
export const notEqual: BinaryOperation = binary('notEqual', 'bool');
export const less: BinaryOperation = binary('less', 'bool');
export const lessEqual: BinaryOperation = binary('lessEqual', 'bool');
export const greater: BinaryOperation = binary('greater', 'bool');
export const greaterEqual: BinaryOperation = binary('greaterEqual', 'bool');
export const logicalAnd: BinaryOperation = binary('logicalAnd', 'bool');
export const logicalOr: BinaryOperation = binary('logicalOr', 'bool');
export const logicalNot: UnaryOperation = unary('logicalNot', 'bool');
/** Whether x is NaN. */
export const isnan: UnaryOperation = unary('isNaN', 'bool');
/** Whether x is neither NaN nor infinite. */
export const isfinite: UnaryOperation = unary('isFinite', 'bool');

/** x where the condition is not 0, y elsewhere. What is not chosen does not matter, be it NaN. */
export function where(condition: Tensor, x: Tensor | number, y: Tensor | number): Tensor;
export function where(condition: Symbolic, x: Symbolic | number, y: Symbolic | number): Symbolic;
export function where(condition: Argument, x: Argument, y: Argument): Tensor | Symbolic {
  return applyFormula(table.where.formula, 'same', [condition, x, y]);
}
