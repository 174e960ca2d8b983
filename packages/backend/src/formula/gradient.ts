import type { Expression } from './expression.ts';
import { arg, constant } from './expression.ts';
import type { Formula, Step } from './formula.ts';
import { plus } from './linear.ts';
import { primitives } from './primitives.ts';
import { pointwiseEntry } from './table.ts';
import { expand, toFormula } from './to-formula.ts';

const made = new WeakMap<Formula, Formula>();

/**
 * The derivative of a formula as a formula: arguments x₀ … xₙ₋₁, then the results y, then their gradients dy; results
 * the n gradients of the arguments, a constant 0 where there is none (`constantOutputs`). An entry of the table has the
 * gradient written there, any other formula is differentiated step by step. It may be applied to its own result.
 *
 * @example
 * gradientFormula(table.tanh.formula) // (x, y, dy) → dy·(1 − y·y)
 */
export function gradientFormula(formula: Formula): Formula {
  let gradient = made.get(formula);
  if (gradient === undefined) {
    gradient = differentiate(formula, tableGradient(formula) ?? automaticGradient(formula));
    made.set(formula, gradient);
  }
  return gradient;
}

type Gradients = readonly (Expression | undefined)[];

function differentiate(formula: Formula, gradients: Gradients): Formula {
  const arity = formula.arity + 2 * formula.outputs.length;
  const outputs = gradients.map((g) => g ?? constant(0));
  return toFormula(`${formula.name} gradient`, arity, outputs);
}

/** The gradient that the table states for this very formula. */
function tableGradient(formula: Formula): Gradients | undefined {
  const entry = pointwiseEntry(formula.name);
  if (entry === undefined || !sameFormula(entry.formula, formula)) return undefined;
  const { x, y, dy } = argumentsOf(formula);
  return entry.gradient(dy[0], y[0], ...x);
}

/** Equal as data, since a formula may have come from a worker or a file. */
function sameFormula(a: Formula, b: Formula): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** The derivative by the primitives' rules alone, whatever the table says: the two must agree. */
export function automaticGradientFormula(formula: Formula): Formula {
  return differentiate(formula, automaticGradient(formula));
}

/** Reverse mode over the steps; results stand ready in y. */
function automaticGradient(formula: Formula): Gradients {
  const { x, y, dy } = argumentsOf(formula);
  const known = new Map(formula.outputs.map((register, i) => [register, y[i]]));
  const registers = expand(formula, x, known);
  const gradients = new Array<Expression | undefined>(registers.length).fill(undefined);
  formula.outputs.forEach((register, i) => {
    gradients[register] = plus(gradients[register], dy[i]);
  });
  for (let i = formula.steps.length - 1; i >= 0; i--) {
    const register = formula.arity + i;
    const g = gradients[register];
    if (g !== undefined) spread(formula.steps[i], g, registers[register], registers, gradients);
  }
  return gradients.slice(0, formula.arity);
}

/** Adds what the result of a step with gradient g sends to its operands. */
function spread(
  step: Step,
  g: Expression,
  y: Expression,
  registers: readonly Expression[],
  gradients: (Expression | undefined)[],
): void {
  if (step.op === 'constant') return;
  const operands = step.args.map((register) => registers[register]);
  primitives[step.op].gradient(g, y, ...operands).forEach((dx, i) => {
    gradients[step.args[i]] = plus(gradients[step.args[i]], dx);
  });
}

function argumentsOf({ arity, outputs }: Formula): Record<'x' | 'y' | 'dy', Expression[]> {
  const window = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => arg(from + i));
  const n = outputs.length;
  return { x: window(0, arity), y: window(arity, n), dy: window(arity + n, n) };
}
