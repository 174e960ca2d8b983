import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluateScalar } from '../testing/naive.ts';
import { relativeError, tolerances } from '../testing/tolerances.ts';
import * as e from './expression.ts';
import type { Formula } from './formula.ts';
import { gradientFormula } from './gradient.ts';
import { printFormula } from './print.ts';
import { table } from './table.ts';
import { toFormula, usedArguments } from './to-formula.ts';

const x = e.arg(0);
const y = e.arg(1);

test('a formula of several results has the sum of their gradients', () => {
  const formula = toFormula('polar', 2, [e.multiply(x, e.cos(y)), e.multiply(x, e.sin(y))]);
  const args = [1.5, 0.4];
  const results = evaluateScalar(formula, args);
  const [dr, dphi] = evaluateScalar(gradientFormula(formula), [...args, ...results, 2, 3]);
  expect(dr).toBeCloseTo(2 * Math.cos(0.4) + 3 * Math.sin(0.4), 12);
  expect(dphi).toBeCloseTo(-2 * 1.5 * Math.sin(0.4) + 3 * 1.5 * Math.cos(0.4), 12);
});

test('random smooth formulas of many steps agree with central differences', () => {
  const unary = [e.tanh, e.sigmoid, e.sin, e.cos, e.erf, e.negate, e.abs, e.expm1];
  const binary = [e.add, e.subtract, e.multiply, e.maximum, e.minimum];
  const choices = fc.array(fc.tuple(fc.nat(12), fc.nat(99), fc.nat(99)), {
    minLength: 1,
    maxLength: 15,
  });
  const point = fc.tuple(...[0, 1].map(() => fc.double({ min: -2, max: 2, noNaN: true })));
  const property = ([drawn, at]: [[number, number, number][], number[]]) => {
    const nodes: e.Expression[] = [x, y];
    for (const [op, i, j] of drawn) {
      const a = nodes[i % nodes.length];
      const b = nodes[j % nodes.length];
      // Squashed, so that depth does not make numbers grow.
      nodes.push(e.tanh(op < unary.length ? unary[op](a) : binary[op - unary.length](a, b)));
    }
    const formula = toFormula('random', 2, nodes.slice(-2));
    const results = evaluateScalar(formula, at);
    const gradient = evaluateScalar(gradientFormula(formula), [...at, ...results, 1, -0.5]);
    if (hasJump(formula, at)) return;
    const scale = Math.max(1e-3, ...gradient.map(Math.abs));
    differencesOf(formula, at).forEach((expected, i) => {
      expect(Math.abs(gradient[i] - expected) / scale).toBeLessThanOrEqual(tolerances.gradcheck);
    });
  };
  fc.assert(fc.property(fc.tuple(choices, point), property), { numRuns: 300, seed: 4 });
});

/** Whether |x|, min or max change sides within a step of differences. */
function hasJump(formula: Formula, at: readonly number[]): boolean {
  const sides = [-1, 0, 1].flatMap((dx) =>
    [-1, 0, 1].map((dy) => {
      const moved = [
        at[0] + dx * 2 * tolerances.gradcheckStep,
        at[1] + dy * 2 * tolerances.gradcheckStep,
      ];
      return sidesOf(formula, moved);
    }),
  );
  return new Set(sides).size > 1;
}

function sidesOf(formula: Formula, at: readonly number[]): string {
  const outputs = Array.from({ length: 2 + formula.steps.length }, (_, i) => i);
  const registers = evaluateScalar({ ...formula, outputs }, at);
  return formula.steps
    .map((step) => {
      if (step.op === 'abs') return Math.sign(registers[step.args[0]]);
      if (step.op !== 'maximum' && step.op !== 'minimum') return '';
      return Math.sign(registers[step.args[0]] - registers[step.args[1]]);
    })
    .join();
}

function differencesOf(formula: Formula, at: readonly number[]): number[] {
  const h = tolerances.gradcheckStep;
  const loss = (values: readonly number[]) => {
    const [a, b] = evaluateScalar(formula, values);
    return a - 0.5 * b;
  };
  return at.map(
    (value, i) => (loss(at.with(i, value + h)) - loss(at.with(i, value - h))) / (2 * h),
  );
}

test('a branch that is not taken sends nothing back, be its slope infinite or NaN', () => {
  const safeLog = e.select(e.less(0, x), e.log(x), e.constant(-5));
  const safeRoot = e.select(e.less(0, x), e.sqrt(e.add(e.multiply(x, x), x)), 0);
  for (const root of [safeLog, safeRoot]) {
    const formula = toFormula('safe', 1, [root]);
    for (const value of [0, -1, -0.25]) {
      const result = evaluateScalar(formula, [value])[0];
      expect(evaluateScalar(gradientFormula(formula), [value, result, 1])).toEqual([0]);
    }
    const result = evaluateScalar(formula, [0.5])[0];
    const [dx] = evaluateScalar(gradientFormula(formula), [0.5, result, 1]);
    expect(relativeError([dx], [differenceOf(formula, 0.5)])).toBeLessThan(tolerances.gradcheck);
  }
});

function differenceOf(formula: Formula, at: number): number {
  const h = tolerances.gradcheckStep;
  return (evaluateScalar(formula, [at + h])[0] - evaluateScalar(formula, [at - h])[0]) / (2 * h);
}

test('equal sides of minimum and maximum share the gradient', () => {
  for (const { formula } of [table.minimum, table.maximum]) {
    expect(evaluateScalar(gradientFormula(formula), [2, 2, 2, 6])).toEqual([3, 3]);
  }
});

test('a gradient that needs only the result does not read the arguments', () => {
  const reads = (name: 'tanh' | 'sin' | 'relu' | 'add' | 'mul') =>
    usedArguments(gradientFormula(table[name].formula));
  expect(reads('tanh')).toEqual([false, true, true]);
  expect(reads('relu')).toEqual([false, true, true]);
  expect(reads('sin')).toEqual([true, false, true]);
  expect(reads('add')).toEqual([false, false, false, true]);
  expect(reads('mul')).toEqual([true, true, false, true]);
});

test('a formula gets the gradient of its entry also after a trip through JSON', () => {
  const sent: Formula = JSON.parse(JSON.stringify(table.softplus.formula));
  expect(printFormula(gradientFormula(sent), ['x', 'y', 'dy'])).toBe('dy·σ(x)');
});

test('a formula that only has the name of an entry is differentiated itself', () => {
  const impostor = toFormula('tanh', 1, [e.multiply(x, x)]);
  expect(evaluateScalar(gradientFormula(impostor), [3, 9, 1])).toEqual([6]);
});

test('the gradient of a formula is made once', () => {
  const formula = toFormula('twice', 1, [e.multiply(x, 2)]);
  expect(gradientFormula(formula)).toBe(gradientFormula(formula));
});

test('a chain of 20,000 steps differentiates', () => {
  let chain: e.Expression = x;
  for (let i = 0; i < 20_000; i++) chain = e.add(chain, x);
  const formula = toFormula('chain', 1, [chain]);
  expect(evaluateScalar(gradientFormula(formula), [1, 20_001, 1])).toEqual([20_001]);
});
