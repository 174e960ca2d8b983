import fc from 'fast-check';
import * as e from '../formula/expression.ts';
import type { PointwiseName } from '../formula/table.ts';
import { toFormula } from '../formula/to-formula.ts';
import { type ProgramBuilder, programBuilder } from '../program/build.ts';
import type { Program, Ref } from '../program/program.ts';
import { type CaseSizes, fillCase, fillCotangents } from './fill-case.ts';
import type { Cotangents, ScanCase } from './scan-case.ts';

/** Which way to take at one point of a random program: a kind of equation and what it reads. */
interface Choice {
  readonly kind: number;
  readonly a: number;
  readonly b: number;
}

export interface RandomScan {
  readonly test: ScanCase;
  readonly cotangents: Cotangents;
  /** The same case with the equations as they were written, not in their normal form. */
  readonly asWritten: ScanCase;
}

export interface RandomSizes {
  /** Most columns of a state; 4 without. */
  readonly columns?: number;
  /** Most entries of a memory; 3 without. */
  readonly entries?: number;
  /** Most sequences, and most steps; 4 without. */
  readonly rows?: number;
}

/**
 * Random recurrence programs of every kind of value, with data. Recurrent weights have a spectral norm below 0.9, states
 * are squashed, no value lies at a jump: what comes out is well conditioned, and differences find its derivative.
 */
export function randomScans({
  columns = 4,
  entries = 3,
  rows = 4,
}: RandomSizes = {}): fc.Arbitrary<RandomScan> {
  const choice = fc.record({ kind: fc.nat(999), a: fc.nat(99), b: fc.nat(99) });
  const lengths = fc.array(fc.integer({ min: 1, max: rows }), { minLength: 1, maxLength: rows });
  return fc
    .record({
      choices: fc.array(choice, { minLength: 1, maxLength: 9 }),
      hiddenSize: fc.integer({ min: 2, max: columns }),
      lengths: lengths.map((all) => all.sort((a, b) => b - a)),
      sources: fc.array(fc.integer({ min: 1, max: entries }), { minLength: rows, maxLength: rows }),
      given: fc.nat(9),
      reverse: fc.boolean(),
      seed: fc.nat(1e6),
    })
    .map(({ choices, hiddenSize, given, seed, sources, ...rest }) => {
      const sizes: CaseSizes = { ...rest, sources: sources.slice(0, rest.lengths.length) };
      const test = fillCase(randomProgram(choices, hiddenSize, given), sizes, seed);
      const asWritten = { ...test, program: randomProgram(choices, hiddenSize, given, true) };
      return { test, cotangents: fillCotangents(test, seed), asWritten };
    });
}

const smooth: readonly PointwiseName[] = [
  'tanh',
  'sigmoid',
  'softplus',
  'silu',
  'gelu',
  'sin',
  'cos',
  'erf',
  'expm1',
];

function randomProgram(
  choices: readonly Choice[],
  n: number,
  given: number,
  asWritten = false,
): Program {
  const b = programBuilder('random');
  const { rows, ...fixed } = inputs(b, n);
  // What is carried or read may be something that nobody computes: a step, a value of the sequence, a state.
  const source = rows[given % 5];
  for (const { kind, a, b: other } of choices) {
    const pick = (i: number) => rows[rows.length - 1 - (i % rows.length)];
    const equation = equations[kind % equations.length];
    const variant = Math.floor(kind / equations.length);
    const y = equation({ b, n, x: pick(a), y: pick(other), variant, ...fixed });
    // Kept within (−1, 1), so that depth does not make numbers grow.
    rows.push(b.pointwise(variant % 2 === 0 ? 'tanh' : 'sin', [y]));
  }
  b.next('h', b.pointwise('tanh', [rows[rows.length - 1]], 'h'));
  const computed = b.pointwise('sin', [rows[Math.floor(rows.length / 2)]], 'c');
  b.next('c', given < 5 ? computed : source);
  b.output('given', source);
  b.output('y', rows[rows.length - 1]);
  b.output('second', rows[rows.length - 2]);
  b.output('attention', b.rowSoftmax(b.score(rows[rows.length - 1], fixed.keys)));
  return b.finish({ asWritten });
}

/** Declares every kind of input; `rows` are the values of n columns. */
function inputs(b: ProgramBuilder, n: number) {
  const x = b.step('x', 3);
  const mask = b.step('mask', n);
  const rows = [mask, b.sequence('kept', n), b.state('h', n), b.state('c', n)];
  const rate = b.step('rate', 1);
  const memory = b.memory('memory', n, 'encoder');
  const keys = b.memory('keys', n, 'encoder');
  const other = b.memory('other', n, 'other');
  const bias = b.step('bias', { source: 'encoder' });
  const prior = b.sequence('prior', { source: 'encoder' });
  b.parameter('W', [3, n]);
  b.parameter('U', [n, n]);
  b.parameter('V', [n, 2 * n]);
  b.parameter('b', [2 * n]);
  b.parameter('P', [2 * n, 3 * n]);
  b.parameter('p', [3 * n]);
  b.parameter('u', [n]);
  b.parameter('v', [n]);
  b.parameter('s', [1]);
  rows.push(b.affine([{ value: x, weight: b.weight('W') }], b.weight('u')));
  return { rows, mask, rate, memory, keys, other, bias, prior };
}

interface Site {
  readonly b: ProgramBuilder;
  readonly n: number;
  readonly x: Ref;
  readonly y: Ref;
  /** Chooses among variants of an equation. */
  readonly variant: number;
  readonly mask: Ref;
  readonly rate: Ref;
  readonly memory: Ref;
  readonly keys: Ref;
  /** Of another source. */
  readonly other: Ref;
  /** As many columns as the keys have entries: at each step, and for the sequence. */
  readonly bias: Ref;
  readonly prior: Ref;
}

type Equation = (site: Site) => Ref;

const swish = toFormula('gated', 3, [
  e.add(e.multiply(e.arg(0), e.sigmoid(e.arg(1))), e.multiply(e.arg(2), 0.5)),
]);

const equations: readonly Equation[] = [
  ({ b, x, y }) => b.add(b.matmul(x, b.weight('U')), b.matmul(y, b.weight('U'))),
  ({ b, x, y, variant }) => {
    const plain = b.matmul(x, b.weight('U'));
    const biased = b.affine([{ value: y, weight: b.weight('U') }], b.weight('v'));
    return variant % 2 === 0 ? b.add(plain, biased) : b.add(biased, plain);
  },
  ({ b, n, x, y }) => {
    // A window of a window of a product with values side by side.
    const columns = [1, 2 * n + 1] as const;
    const product = { value: b.concat([x, y]), weight: b.weight('P', { columns }) };
    const all = b.affine([product], b.weight('p', { columns }));
    return b.columns(b.columns(b.pointwise('tanh', [all]), [1, 2 * n]), [1, n + 1]);
  },
  ({ b, n, x, y }) => {
    const all = b.mul(b.matmul(x, b.weight('V')), b.weight('b'));
    const rows = b.weight('P', { rows: [n, 2 * n], columns: [n, 3 * n] });
    return b.columns(b.add(all, b.matmul(y, rows)), [n - 1, 2 * n - 1]);
  },
  ({ b, n, x, y }) => {
    const rows = b.weight('P', { rows: [1, n + 1], columns: [n, 3 * n] });
    const term = { value: b.concat([x, y]), weight: rows, transposed: true };
    return b.affine([term]);
  },
  ({ b, x }) => b.affine([{ value: x, weight: b.weight('U'), transposed: true }], b.weight('v')),
  ({ b, n, x, y }) =>
    b.affine(
      [{ value: b.concat([x, y]), weight: b.weight('V'), transposed: true }],
      b.weight('b', { columns: [n, 2 * n] }),
    ),
  ({ b, n, x }) => {
    const all = b.affine([{ value: x, weight: b.weight('V') }], b.weight('b'));
    return b.mul(b.columns(all, [0, n]), b.pointwise('sigmoid', [b.columns(all, [n, 2 * n])]));
  },
  ({ b, x, variant }) => b.pointwise(smooth[variant % smooth.length], [x]),
  ({ b, x, y }) => b.mul(x, y),
  ({ b, x, y }) => b.pointwise('sub', [x, y]),
  ({ b, x, y }) => b.pointwise(swish, [x, y, b.weight('u')]),
  ({ b, x }) => b.mul(x, b.weight('s')),
  ({ b, x }) => b.mul(x, b.weight('v')),
  ({ b, x, y, mask }) => {
    // s lies in (−1, 1), so this asks for the sign of the mask, which is not near 0.
    const positive = b.pointwise('greater', [mask, b.mul(mask, b.weight('s'))]);
    return b.pointwise('where', [positive, x, y]);
  },
  ({ b, x, rate }) => b.mul(x, rate),
  ({ b, x }) => b.rowNorm(x, 0.1),
  ({ b, x }) => b.rowSoftmax(x),
  ({ b, x, y }) => b.mul(b.rowSum(x), y),
  ({ b, n, x, y }) => b.concat([b.columns(x, [1, n]), b.columns(y, [0, 1])]),
  (site) => attend(site, softmax(site, undefined)),
  (site) => attend(site, softmax(site, site.b.weight('v'))),
  (site) => attend(site, site.b.pointwise('sigmoid', [score(site, site.b.weight('u'))])),
  (site) => site.b.mul(site.b.rowSum(site.b.pointwise('tanh', [score(site, undefined)])), site.y),
  (site) => attend(site, site.b.rowSoftmax(site.b.add(score(site, undefined), site.bias))),
  (site) => attend(site, site.b.mul(softmax(site, site.b.weight('u')), site.prior)),
  ({ b, x, other }) => b.memorySum(b.rowSoftmax(b.score(x, other)), other),
];

function score({ b, x, keys }: Site, vector: Ref | undefined): Ref {
  return b.score(x, keys, vector);
}

function softmax(site: Site, vector: Ref | undefined): Ref {
  return site.b.rowSoftmax(score(site, vector));
}

function attend({ b, memory }: Site, weights: Ref): Ref {
  return b.memorySum(weights, memory);
}
