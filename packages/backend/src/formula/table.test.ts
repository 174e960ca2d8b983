import { describe, expect, test } from 'vitest';
import { evaluateScalar } from '../testing/naive.ts';
import { relativeError, tolerances } from '../testing/tolerances.ts';
import type { Formula } from './formula.ts';
import { automaticGradientFormula, gradientFormula } from './gradient.ts';
import { type PointwiseName, pointwiseEntry, table } from './table.ts';
import { constantOutputs } from './to-formula.ts';

const names = Object.keys(table) as PointwiseName[];
const smooth = names.filter((name) => table[name].result === 'same');

/** Points away from the jumps of every entry, in the domain of each. */
const points: readonly (readonly number[])[] = [
  [0.3, 0.4, 0.8],
  [-0.6, 0.2, 1.1],
  [1.7, 2.3, 2.9],
  [-2.2, -1.4, 0.9],
  [0.9, -0.7, -0.2],
  [4.2, 1.3, 1.9],
  [-5.1, 3.1, 3.6],
];
const positive: readonly PointwiseName[] = ['pow', 'sqrt', 'rsqrt', 'log', 'log1p'];

function argumentsAt(name: PointwiseName, point: readonly number[]): number[] {
  const args = point.slice(0, table[name].args.length);
  return positive.includes(name) ? [Math.abs(args[0]), ...args.slice(1)] : args;
}

/** ∂(dy · f)/∂x for each argument, by central differences. */
function differences(formula: Formula, args: readonly number[], dy: number): number[] {
  const h = tolerances.gradcheckStep;
  return args.map((x, i) => {
    const above = evaluateScalar(formula, args.with(i, x + h))[0];
    const below = evaluateScalar(formula, args.with(i, x - h))[0];
    return (dy * (above - below)) / (2 * h);
  });
}

describe.each(smooth)('the gradient of %s', (name) => {
  const { formula } = table[name];

  const all = points.map((point) => {
    const args = argumentsAt(name, point);
    return { args, known: [...args, evaluateScalar(formula, args)[0], 1.3] };
  });
  const stated = all.flatMap(({ known }) => evaluateScalar(gradientFormula(formula), known));

  test('equals central differences', () => {
    const expected = all.flatMap(({ args }) => differences(formula, args, 1.3));
    expect(relativeError(stated, expected)).toBeLessThanOrEqual(tolerances.gradcheck);
  });

  test('equals what its steps give by themselves', () => {
    const automatic = automaticGradientFormula(formula);
    const expected = all.flatMap(({ known }) => evaluateScalar(automatic, known));
    expect(relativeError(stated, expected)).toBeLessThanOrEqual(1e-14);
  });

  test('has derivatives of its own: the second and third equal central differences', () => {
    let order = gradientFormula(formula);
    const args = argumentsAt(name, points[0]);
    let values = [...args, evaluateScalar(formula, args)[0], 1.3];
    for (let n = 2; n <= 3; n++) {
      const sum = (at: readonly number[]) => evaluateScalar(order, at).reduce((a, b) => a + b, 0);
      const h = tolerances.gradcheckStep;
      const expected = values.map(
        (x, i) => (sum(values.with(i, x + h)) - sum(values.with(i, x - h))) / (2 * h),
      );
      const results = evaluateScalar(order, values);
      const next = gradientFormula(order);
      const all = [...values, ...results, ...results.map(() => 1)];
      expect(
        relativeError(evaluateScalar(next, all), expected),
        `derivative ${n}`,
      ).toBeLessThanOrEqual(tolerances.gradcheck);
      order = next;
      values = all;
    }
  });
});

describe.each(names)('%s', (name) => {
  test('is a number wherever mathematics has one, from −10,000 to 10,000', () => {
    const { formula, args } = table[name];
    for (const x of [-1e4, -1e3, -89, -17, -3, 0, 3, 17, 89, 1e3, 1e4]) {
      const values = [x, 0.5, 0.75].slice(0, args.length);
      const y = evaluateScalar(formula, values)[0];
      const gradient = evaluateScalar(gradientFormula(formula), [...values, y, 1]);
      if (!undefinedAt(name, x)) expect([y, ...gradient], `at ${x}`).not.toContain(Number.NaN);
    }
  });
});

/** Outside the domain of a function, or at its pole; sqrt, pow and reciprocals have infinite slopes at 0. */
function undefinedAt(name: PointwiseName, x: number): boolean {
  if (name === 'log' || name === 'rsqrt' || name === 'sqrt' || name === 'pow')
    return x < 0 || (name === 'rsqrt' && x === 0);
  return name === 'log1p' && x < -1;
}

test('values where a careless formula would overflow or cancel', () => {
  const at = (name: PointwiseName, ...args: number[]) =>
    evaluateScalar(table[name].formula, args)[0];
  expect(at('softplus', 1e4)).toBe(1e4);
  expect(at('softplus', -30)).toBeCloseTo(Math.exp(-30), 25);
  expect(at('logSigmoid', -1e4)).toBe(-1e4);
  expect(at('logSigmoid', 30)).toBeCloseTo(-Math.exp(-30), 25);
  expect(at('elu', 1e4, 1)).toBe(1e4);
  expect(at('elu', -1e-9, 1)).toBeCloseTo(Math.expm1(-1e-9), 24);
  expect(at('gelu', 1e4)).toBe(1e4);
  expect(at('gelu', -1e4)).toBeCloseTo(0, 300);
  expect(at('silu', -1e4)).toBeCloseTo(0, 300);
});

test('the gradient of where selects: NaN in the branch that was not taken stays out', () => {
  const gradient = gradientFormula(table.where.formula);
  const [, dx, dy] = evaluateScalar(gradient, [1, 2, Number.NaN, 2, 5]);
  expect([dx, dy]).toEqual([5, 0]);
});

test('comparisons are false with NaN, and logic follows', () => {
  const at = (name: PointwiseName, ...args: number[]) =>
    evaluateScalar(table[name].formula, args)[0];
  const nan = Number.NaN;
  for (const name of ['equal', 'less', 'lessEqual', 'greater', 'greaterEqual'] as const) {
    expect([at(name, nan, 1), at(name, 1, nan), at(name, nan, nan)]).toEqual([0, 0, 0]);
  }
  expect([at('notEqual', nan, nan), at('isNaN', nan), at('isNaN', 1)]).toEqual([1, 1, 0]);
  expect([at('isFinite', nan), at('isFinite', 1 / 0), at('isFinite', 1e308)]).toEqual([0, 0, 1]);
  expect([at('lessEqual', 1, 1), at('greaterEqual', 1, 2), at('greater', 2, 1)]).toEqual([1, 0, 1]);
});

test('comparisons and steps have a constant gradient of 0, so that nothing is kept for them', () => {
  for (const name of ['less', 'equal', 'isNaN', 'sign', 'floor'] as const) {
    const outputs = constantOutputs(gradientFormula(table[name].formula));
    expect(outputs.every((x) => x === 0)).toBe(true);
  }
});

test('an entry is found by its own name only', () => {
  expect(pointwiseEntry('tanh')).toBe(table.tanh);
  expect(pointwiseEntry('constructor')).toBeUndefined();
});
