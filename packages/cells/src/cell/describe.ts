import { OptionError, type Program, programFlops, type Ref } from '@unroll/backend';
import type { Cell, CellSizes } from './define-cell.ts';

/** One fully connected map of a step: `inputs·outputs` weights and maybe `outputs` biases. */
export interface FullyConnected {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly bias: boolean;
  readonly parameters: number;
}

/** What one step of a cell is made of, counted on its traced program. */
export interface CellDescription {
  readonly name: string;
  readonly layers: readonly FullyConnected[];
  /** Sigmoids, tanhs and other nonlinear functions. */
  readonly activations: number;
  /** Element-by-element products. */
  readonly multiplications: number;
  /** Element-by-element sums and differences outside the affine maps. */
  readonly additions: number;
  /** All weights, those outside of fully connected maps too. */
  readonly parameters: number;
  /**
   * How often an exponential, a logarithm or the like is computed in one step of one sequence (σ and tanh are one each):
   * what another activation saves.
   */
  readonly exponentials: number;
  /** Arithmetic operations of one step of one sequence, forward; a multiplication and an addition are two. */
  readonly flops: number;
}

/** Primitives that are a series of operations, not an instruction. */
const dear = new Set<string>([
  'exp',
  'expm1',
  'log',
  'log1p',
  'power',
  'tanh',
  'sigmoid',
  'erf',
  'sin',
  'cos',
]);

const products = ['mul', 'div'];
const sums = ['add', 'sub', 'neg'];

/**
 * Counts layers, activations, products and parameters of a cell, as deck 4 of the lectures does by hand: an LSTM has four
 * fully connected layers of (m + n)·n + n parameters, five activations, three products and one sum.
 *
 * @throws OptionError for a size that is no whole number above 0
 * @example
 * describe(lstm, { inputSize: 2, hiddenSize: 3 }).parameters // 4·(2·3 + 3² + 3) = 72
 */
export function describe(
  cell: Cell,
  sizes: Omit<CellSizes, 'bias'> & { bias?: boolean },
): CellDescription {
  for (const name of ['inputSize', 'hiddenSize'] as const) {
    const n = sizes?.[name];
    if (Number.isInteger(n) && n > 0) continue;
    throw new OptionError('describe', `${name} must be a whole number above 0; got ${n}`, {
      [name]: n,
    });
  }
  const program = cell.program({ bias: true, ...sizes });
  const names = program.values.flatMap((value) =>
    value.kind === 'pointwise' ? [value.formula.name] : [],
  );
  const count = (which: (name: string) => boolean) => names.filter(which).length;
  return {
    name: cell.name,
    layers: fullyConnected(program),
    activations: count((name) => !products.includes(name) && !sums.includes(name)),
    multiplications: count((name) => products.includes(name)),
    additions: count((name) => sums.includes(name)),
    parameters: program.parameters.reduce((n, { shape }) => n + shape.reduce((a, b) => a * b), 0),
    exponentials: exponentials(program),
    flops: programFlops(program),
  };
}

function exponentials({ values }: Program): number {
  const counts = values.map((value) => {
    if (value.kind !== 'pointwise') return 0;
    return value.formula.steps.filter(({ op }) => dear.has(op)).length * (value.size as number);
  });
  return counts.reduce((a, b) => a + b, 0);
}

function fullyConnected(program: Program): FullyConnected[] {
  const readers = (ref: Ref) =>
    program.values.find((value) => value.kind === 'pointwise' && value.args.includes(ref));
  return program.values.flatMap((value, ref) => {
    if (value.kind !== 'affine') return [];
    const outputs = value.size as number;
    const inputs = value.terms.reduce(
      (n, term) => n + (program.values[term.value].size as number),
      0,
    );
    const bias = value.bias !== undefined;
    const name = readers(ref)?.name ?? value.name;
    return [{ name, inputs, outputs, bias, parameters: inputs * outputs + (bias ? outputs : 0) }];
  });
}
