import * as fc from 'fast-check';
import type { Formula, Step } from '../../formula/formula.ts';
import { gradientFormula } from '../../formula/gradient.ts';
import { type PointwiseName, table } from '../../formula/table.ts';
import { Bench } from '../bench.ts';
import { checkAtMost } from '../check.ts';
import { evaluateScalar } from '../naive.ts';
import type { Suite } from '../suite.ts';
import { relativeError, roundingTolerance } from '../tolerances.ts';
import { broadcastShapes } from './arbitraries.ts';

const all = { dtypes: ['float32', 'float64', 'int32', 'bool'] } as const;
const whole = { dtypes: ['float32', 'float64', 'int32'] } as const;

/** A formula is a few roundings long, and exp, log and their kin have some of their own. */
const few = { sum: 16 } as const;

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

/** First arguments by magnitude, so that each range is held to its own largest result. */
const ranges: Readonly<Record<string, readonly number[]>> = {
  'around 0': [-2, -1, -0.5, -0.1, -1e-3, -1e-6, 0, 1e-6, 1e-3, 0.1, 0.5, 1, 2],
  'from 3 to 20': [3, 4.5, 6.25, 10, 15, 20],
  'from −20 to −3': [-3, -4.5, -6.25, -10, -15, -20],
  'from 50 to 10,000': [50, 80, 120, 1000, 1e4],
  'from −10,000 to −50': [-50, -80, -120, -1000, -1e4],
  'NaN and infinity': [nan, inf, -inf],
};
const further = [-2, -0.5, 0, 0.5, 1, 3];

/** The entries of two arguments. */
const twoSided = (Object.keys(table) as PointwiseName[]).filter(
  (name) => table[name].args.length === 2,
);

/** Every combination of the arguments, one array for each argument. */
function combinations(first: readonly number[], arity: number): number[][] {
  let rows = first.map((x) => [x]);
  for (let i = 1; i < arity; i++) rows = rows.flatMap((row) => further.map((x) => [...row, x]));
  return Array.from({ length: arity }, (_, i) => rows.map((row) => row[i]));
}

function tableCases(suite: Suite, name: PointwiseName): void {
  const { formula, args, result } = table[name];
  for (const [range, first] of Object.entries(ranges)) {
    const values = combinations(first, args.length);
    const shape = [values[0].length];
    suite.agree(`pointwise ${name}: ${range}`, few, (bench) =>
      bench.kernels.pointwise(
        formula,
        values.map((x) => bench.operand(shape, x)),
        shape,
        result === 'bool' ? 'bool' : bench.dtype,
      ),
    );
    if (result === 'bool' || range === 'NaN and infinity') continue;
    suite.agree(`pointwise gradient of ${name}: ${range}`, few, (bench) => {
      const y = values[0].map(
        (_, i) =>
          evaluateScalar(
            formula,
            values.map((x) => x[i]),
          )[0],
      );
      const inputs = [...values, y].map((x) => bench.operand(shape, x));
      const gradient = gradientFormula(formula);
      return bench.kernels.pointwise(
        gradient,
        [...inputs, bench.random(shape)],
        shape,
        bench.dtype,
      );
    });
  }
}

/** Formulas of up to 24 steps whose every result is a whole number, so that all dtypes agree to the bit. */
const wholeFormulas: fc.Arbitrary<Formula> = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(12), fc.array(fc.nat(1000), { minLength: 3, maxLength: 3 })), {
      minLength: 1,
      maxLength: 24,
    }),
    fc.array(fc.nat(1000), { minLength: 1, maxLength: 3 }),
  )
  .map(([drawn, outputs]) => {
    const arity = 3;
    const steps = drawn.map(([op, args], i): Step => {
      const registers = args.map((x) => x % (arity + i));
      const known = wholeOps[op];
      if (known === undefined) return { op: 'constant', value: (args[0] % 19) - 9 };
      return { op: known[0], args: registers.slice(0, known[1]) };
    });
    const count = arity + steps.length;
    return { name: 'random', arity, steps, outputs: outputs.map((x) => x % count) };
  });

const wholeOps = [
  ['add', 2],
  ['subtract', 2],
  ['minimum', 2],
  ['maximum', 2],
  ['less', 2],
  ['equal', 2],
  ['negate', 1],
  ['abs', 1],
  ['sign', 1],
  ['floor', 1],
  ['select', 3],
] as const;

const inputShapes = [[4, 300], [300], [4, 1]];
const small = (bench: Bench) => inputShapes.map((shape) => bench.random(shape, 'int32'));

export function pointwiseCases(suite: Suite): void {
  for (const name of Object.keys(table) as PointwiseName[]) tableCases(suite, name);

  suite.agree('pointwise: NaN, infinity and zero on either side', few, (bench) => {
    const values = [nan, inf, -inf, 0, 1];
    const inputs = [bench.operand([5, 1], values), bench.operand([5], values)];
    return twoSided.flatMap((name) =>
      bench.kernels.pointwise(table[name].formula, inputs, [5, 5], bench.dtype),
    );
  });
  suite.agreeForAll(
    'pointwise: broadcasting, any shapes',
    all,
    broadcastShapes(3),
    (bench, { shape, inputs }) =>
      bench.kernels.pointwise(
        table.where.formula,
        inputs.map((input, i) => bench.random(input, i === 0 ? 'bool' : bench.dtype)),
        shape,
        bench.dtype,
      ),
  );
  suite.agreeForAll(
    'pointwise: any formula of whole numbers',
    whole,
    wholeFormulas,
    (bench, formula) => bench.kernels.pointwise(formula, small(bench), [4, 300], bench.dtype),
  );
  suite.agree('pointwise: several results, arguments and constants among them', whole, (bench) => {
    const steps: Step[] = [
      { op: 'constant', value: 7 },
      { op: 'add', args: [0, 1] },
    ];
    const formula = { name: 'several', arity: 2, steps, outputs: [3, 0, 2, 3] };
    const inputs = [bench.random([2, 700]), bench.random([1])];
    return bench.kernels.pointwise(formula, inputs, [2, 700], bench.dtype);
  });
  suite.agree('pointwise: a scalar, an empty tensor, no arguments', whole, (bench) => {
    const one: Formula = {
      name: 'one',
      arity: 0,
      steps: [{ op: 'constant', value: 1 }],
      outputs: [0],
    };
    const add = table.add.formula;
    const { dtype, kernels } = bench;
    return [
      ...kernels.pointwise(add, [bench.random([]), bench.random([])], [], dtype),
      ...kernels.pointwise(add, [bench.random([3, 0]), bench.random([1])], [3, 0], dtype),
      ...kernels.pointwise(one, [], [2, 2], dtype),
    ];
  });
  suite.agree('pointwise: logic of bools, and bools among numbers', few, (bench) => {
    const flags = bench.operand([4], [0, 0, 1, 1], 'bool');
    const others = bench.operand([4], [0, 1, 0, 1], 'bool');
    const logic = [table.logicalAnd, table.logicalOr, table.notEqual].flatMap((x) =>
      bench.kernels.pointwise(x.formula, [flags, others], [4], 'bool'),
    );
    const product = bench.kernels.pointwise(
      table.mul.formula,
      [flags, bench.random([4])],
      [4],
      bench.dtype,
    );
    return [...logic, ...product];
  });
  suite.agree('pointwise: whole numbers are cut towards zero', { dtypes: ['int32'] }, (bench) => {
    const x = bench.operand([4], [7, -7, 1, 9]);
    return bench.kernels.pointwise(table.div.formula, [x, bench.operand([1], [2])], [4], 'int32');
  });
  suite.case('pointwise: tanh(x) = 2σ(2x) − 1 and σ(−x) = 1 − σ(x)', async () => {
    const bench = new Bench(await suite.backend(), 'float32', 1);
    const x = [-1e4, -20, -3, -0.5, 0, 0.5, 3, 20, 1e4];
    const at = async (name: 'tanh' | 'sigmoid', values: readonly number[]) => {
      const input = bench.operand([values.length], values);
      const { formula } = table[name];
      return bench.read(bench.kernels.pointwise(formula, [input], input.shape, 'float32')[0]);
    };
    const negated = x.map((value) => -value);
    const doubled = x.map((value) => 2 * value);
    const fromSigmoid = (await at('sigmoid', doubled)).map((s) => 2 * s - 1);
    const mirrored = (await at('sigmoid', x)).map((s) => 1 - s);
    const tolerance = roundingTolerance(1);
    checkAtMost(relativeError(await at('tanh', x), fromSigmoid), tolerance, 'tanh');
    checkAtMost(relativeError(await at('sigmoid', negated), mirrored), tolerance, 'σ(−x)');
  });
}
