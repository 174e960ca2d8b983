import type { DType, Formula, Primitive, Step } from '@unroll/backend';

type Write = (...args: readonly string[]) => string;

/** Every primitive of the pointwise table as an expression of a kernel. */
const primitives: Readonly<Record<Primitive, Write>> = {
  negate: (x) => `-${x}`,
  abs: (x) => `Math.abs(${x})`,
  sign: (x) => `signOf(${x})`,
  floor: (x) => `Math.floor(${x})`,
  exp: (x) => `exponential(${x})`,
  expm1: (x) => `expMinus1(${x})`,
  log: (x) => `ln(${x})`,
  log1p: (x) => `lnPlus1(${x})`,
  sqrt: (x) => `Math.sqrt(${x})`,
  tanh: (x) => `hyperbolicTangent(${x})`,
  sigmoid: (x) => `logistic(${x})`,
  erf: (x) => `errorFunction(${x})`,
  sin: (x) => `quarterSine(${x}, 0)`,
  cos: (x) => `quarterSine(${x}, 1)`,
  add: (a, b) => `${a} + ${b}`,
  subtract: (a, b) => `${a} - ${b}`,
  multiply: (a, b) => `${a} * ${b}`,
  divide: (a, b) => `${a} / ${b}`,
  power: (a, b) => `power(${a}, ${b})`,
  minimum: (a, b) => `least(${a}, ${b})`,
  maximum: (a, b) => `greatest(${a}, ${b})`,
  less: (a, b) => `${a} < ${b} ? 1 : 0`,
  equal: (a, b) => `${a} === ${b} ? 1 : 0`,
  select: (c, a, b) => `${c} === 0 ? ${b} : ${a}`,
};

/** Lines that compute a formula with one output from its arguments, and its result; endless constants have a name. */
export interface FormulaSource {
  readonly lines: readonly string[];
  readonly result: string;
  /** Names of constants that no shading language can write, which the kernel takes as numbers; and their values. */
  readonly constants: ReadonlyMap<string, number>;
}

/** @param prefix - What the names of its variables begin with. */
export function formulaSource(
  formula: Formula,
  args: readonly string[],
  prefix = '',
): FormulaSource {
  const constants = new Map<string, number>();
  const registers = [...args];
  const lines: string[] = [];
  formula.steps.forEach((step: Step, i) => {
    if (step.op === 'constant') {
      registers.push(constant(step.value, constants, prefix));
      return;
    }
    const name = `${prefix}r${formula.arity + i}`;
    lines.push(`const ${name} = ${primitives[step.op](...step.args.map((x) => registers[x]))};`);
    registers.push(name);
  });
  return { lines, result: registers[formula.outputs[0]], constants };
}

function constant(value: number, constants: Map<string, number>, prefix: string): string {
  if (Number.isFinite(Math.fround(value))) return value < 0 ? `(${value})` : String(value);
  const name = `${prefix}k${constants.size}`;
  constants.set(name, value);
  return name;
}

/** A number as an element of a dtype. */
export function stored(dtype: DType, x: string): string {
  if (dtype === 'bool') return `${x} === 0 ? 0 : 1`;
  return dtype === 'int32' ? `truncated(${x})` : x;
}
