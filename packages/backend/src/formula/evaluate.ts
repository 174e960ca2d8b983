import * as math from '../math/index.ts';
import type { Formula, Primitive } from './formula.ts';

/** Elements that are computed at a time: their registers stay in the processor's nearest cache. */
export const BLOCK = 512;

/**
 * A formula ready to run on blocks of at most {@link BLOCK} elements, in double precision. One loop per step; scratch
 * registers are made once and shared by steps whose lives do not overlap.
 */
export class FormulaEvaluator {
  readonly formula: Formula;
  readonly #registers: Float64Array[];

  constructor(formula: Formula) {
    this.formula = formula;
    this.#registers = scratchRegisters(formula);
  }

  /** Where the first `length` elements of argument i are to be put before `run`. */
  argument(i: number): Float64Array {
    return this.#registers[i];
  }

  /** Where result i lies after `run`, until the next one. May be an argument's own block. */
  result(i: number): Float64Array {
    return this.#registers[this.formula.outputs[i]];
  }

  /** Computes the first `length` elements of the results from those of the arguments. */
  run(length: number): void {
    const { arity, steps } = this.formula;
    const registers = this.#registers;
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i];
      if (step.op === 'constant') continue;
      const [a, b, c] = step.args;
      applyPrimitive(
        step.op,
        registers[arity + i],
        registers[a],
        registers[b],
        registers[c],
        length,
      );
    }
  }
}

/**
 * A formula over whole arrays of doubles: `outputs` gets the results for the first `length` elements. For one call; who
 * calls often keeps a {@link FormulaEvaluator}.
 */
export function evaluateFormula(
  formula: Formula,
  inputs: readonly Float64Array[],
  outputs: readonly Float64Array[],
  length: number,
): void {
  const evaluator = new FormulaEvaluator(formula);
  for (let from = 0; from < length; from += BLOCK) {
    const to = Math.min(from + BLOCK, length);
    inputs.forEach((x, i) => {
      evaluator.argument(i).set(x.subarray(from, to));
    });
    evaluator.run(to - from);
    outputs.forEach((y, i) => {
      y.set(evaluator.result(i).subarray(0, to - from), from);
    });
  }
}

/** A block for each register; constants have their own, filled; a block whose last reader is done is used again. */
function scratchRegisters({ arity, steps, outputs }: Formula): Float64Array[] {
  const lastUse = new Map<number, number>();
  steps.forEach((step, i) => {
    if (step.op !== 'constant') for (const x of step.args) lastUse.set(x, i);
  });
  for (const output of outputs) lastUse.set(output, steps.length);
  const registers: Float64Array[] = Array.from({ length: arity }, () => new Float64Array(BLOCK));
  const free: Float64Array[] = [];
  steps.forEach((step, i) => {
    if (step.op === 'constant') {
      registers.push(new Float64Array(BLOCK).fill(step.value));
      return;
    }
    registers.push(free.pop() ?? new Float64Array(BLOCK));
    for (const x of new Set(step.args)) {
      const isScratch = x >= arity && steps[x - arity].op !== 'constant';
      if (isScratch && lastUse.get(x) === i) free.push(registers[x]);
    }
  });
  return registers;
}

function applyPrimitive(
  op: Primitive,
  y: Float64Array,
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  n: number,
): void {
  switch (op) {
    case 'negate':
      for (let i = 0; i < n; i++) y[i] = -a[i];
      return;
    case 'abs':
      for (let i = 0; i < n; i++) y[i] = Math.abs(a[i]);
      return;
    case 'sign':
      for (let i = 0; i < n; i++) y[i] = Math.sign(a[i]);
      return;
    case 'floor':
      for (let i = 0; i < n; i++) y[i] = Math.floor(a[i]);
      return;
    case 'exp':
      for (let i = 0; i < n; i++) y[i] = math.exp(a[i]);
      return;
    case 'expm1':
      for (let i = 0; i < n; i++) y[i] = math.expm1(a[i]);
      return;
    case 'log':
      for (let i = 0; i < n; i++) y[i] = math.log(a[i]);
      return;
    case 'log1p':
      for (let i = 0; i < n; i++) y[i] = math.log1p(a[i]);
      return;
    case 'sqrt':
      for (let i = 0; i < n; i++) y[i] = Math.sqrt(a[i]);
      return;
    case 'tanh':
      for (let i = 0; i < n; i++) y[i] = math.tanh(a[i]);
      return;
    case 'sigmoid':
      for (let i = 0; i < n; i++) y[i] = math.sigmoid(a[i]);
      return;
    case 'erf':
      for (let i = 0; i < n; i++) y[i] = math.erf(a[i]);
      return;
    case 'sin':
      for (let i = 0; i < n; i++) y[i] = math.sin(a[i]);
      return;
    case 'cos':
      for (let i = 0; i < n; i++) y[i] = math.cos(a[i]);
      return;
    case 'add':
      for (let i = 0; i < n; i++) y[i] = a[i] + b[i];
      return;
    case 'subtract':
      for (let i = 0; i < n; i++) y[i] = a[i] - b[i];
      return;
    case 'multiply':
      for (let i = 0; i < n; i++) y[i] = a[i] * b[i];
      return;
    case 'divide':
      for (let i = 0; i < n; i++) y[i] = a[i] / b[i];
      return;
    case 'power':
      for (let i = 0; i < n; i++) y[i] = math.pow(a[i], b[i]);
      return;
    case 'minimum':
      for (let i = 0; i < n; i++) y[i] = Math.min(a[i], b[i]);
      return;
    case 'maximum':
      for (let i = 0; i < n; i++) y[i] = Math.max(a[i], b[i]);
      return;
    case 'less':
      for (let i = 0; i < n; i++) y[i] = a[i] < b[i] ? 1 : 0;
      return;
    case 'equal':
      for (let i = 0; i < n; i++) y[i] = a[i] === b[i] ? 1 : 0;
      return;
    case 'select':
      for (let i = 0; i < n; i++) y[i] = a[i] !== 0 ? b[i] : c[i];
      return;
  }
}
