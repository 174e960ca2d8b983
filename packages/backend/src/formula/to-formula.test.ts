import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluateScalar } from '../testing/naive.ts';
import { BLOCK, evaluateFormula } from './evaluate.ts';
import * as e from './expression.ts';
import { printFormula } from './print.ts';
import { table } from './table.ts';
import { constantOutputs, toFormula, usedArguments } from './to-formula.ts';

const x = e.arg(0);
const y = e.arg(1);

test('equal sub-expressions are computed once, though written twice', () => {
  const formula = toFormula('twice', 1, [e.multiply(e.exp(x), e.exp(x)), e.exp(x)]);
  expect(formula.steps.map((step) => step.op)).toEqual(['exp', 'multiply']);
  expect(formula.outputs).toEqual([2, 1]);
});

test('the same mathematics written in two ways of sharing is the same data', () => {
  const shared = e.tanh(x);
  const once = toFormula('f', 2, [e.add(shared, e.multiply(shared, y))]);
  const apart = toFormula('f', 2, [e.add(e.tanh(x), e.multiply(e.tanh(x), y))]);
  expect(once).toEqual(apart);
});

test('constants are folded and neutral elements go', () => {
  const two = e.add(1, 1);
  expect(printFormula(toFormula('f', 1, [e.multiply(x, two)]))).toBe('x0·2');
  const neutral = [
    e.multiply(x, 1),
    e.multiply(1, x),
    e.divide(x, 1),
    e.power(x, 1),
    e.subtract(x, 0),
    e.negate(e.negate(x)),
    e.select(e.constant(1), x, e.log(x)),
    e.select(e.less(x, 0), x, x),
  ];
  const formula = toFormula('f', 1, neutral);
  expect(formula).toEqual({ name: 'f', arity: 1, steps: [], outputs: neutral.map(() => 0) });
});

test('folding changes no bit: −0 + 0 is 0, 0·x may be NaN, and both zeros are told apart', () => {
  expect(evaluateScalar(toFormula('f', 1, [e.add(x, 0)]), [-0])).toEqual([0]);
  expect(evaluateScalar(toFormula('f', 1, [e.multiply(x, 0)]), [1 / 0])).toEqual([Number.NaN]);
  const zeros = toFormula('f', 0, [e.constant(0), e.constant(-0)]);
  expect(evaluateScalar(zeros, [])).toEqual([0, -0]);
});

test('which arguments are read, and which results are constant, can be asked', () => {
  const formula = toFormula('f', 3, [e.multiply(e.arg(2), 2), e.constant(5)]);
  expect(usedArguments(formula)).toEqual([false, false, true]);
  expect(constantOutputs(formula)).toEqual([undefined, 5]);
});

test('a formula reads as mathematics, with brackets only where they are needed', () => {
  const names = ['x', 'y'];
  const print = (root: e.Expression) => printFormula(toFormula('f', 2, [root]), names);
  expect(print(e.multiply(e.add(x, y), e.negate(x)))).toBe('(x + y)·−x');
  expect(print(e.subtract(x, e.subtract(y, x)))).toBe('x − (y − x)');
  expect(print(e.divide(x, e.multiply(y, x)))).toBe('x/(y·x)');
  expect(print(e.power(e.negate(x), 2))).toBe('(−x)^2');
  expect(print(e.select(e.less(x, 0), e.sqrt(e.abs(x)), e.sigmoid(y)))).toBe(
    '(x < 0 ? √(|x|) : σ(y))',
  );
  expect(print(e.negate(e.add(x, y)))).toBe('−(x + y)');
  expect(print(e.maximum(x, -2))).toBe('max(x, −2)');
});

test('the whole table, as it reads', () => {
  const lines = Object.values(table).map(
    ({ name, args, formula }) => `${name}(${args.join(', ')}) = ${printFormula(formula, args)}`,
  );
  expect(lines).toMatchSnapshot();
});

test('arrays of any length give what each element gives', () => {
  const formula = table.gelu.formula;
  const lengths = fc.constantFrom(0, 1, 7, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5);
  fc.assert(
    fc.property(lengths, (length) => {
      const values = Float64Array.from({ length }, (_, i) => Math.sin(i) * 3);
      const output = new Float64Array(length);
      evaluateFormula(formula, [values], [output], length);
      expect([...output]).toEqual([...values].map((value) => evaluateScalar(formula, [value])[0]));
    }),
    { numRuns: 14 },
  );
});
