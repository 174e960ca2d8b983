import { isNamed, operandsOf, type Program, type Term, type Value } from '@unroll/backend';
import type { Recurrent } from '@unroll/cells';
import type { Module } from '@unroll/nn';
import type { Parameter } from '@unroll/tensor';
import { recurrentParts } from '../trace/trace.ts';
import { type Complex, eigenvalues, type Matrix, magnitude, spectralNorm } from './matrix.ts';

/** One matrix, or one vector of self-connections, on the way from the old state to the new. */
export interface RecurrentSpectrum {
  /** Path of its direction in the model: `lstm.0.backward`. */
  readonly layer: string;
  /** What it helps to compute: a symbol of the equations. */
  readonly name: string;
  /** The weight it is a part of: `U`. */
  readonly weight: string;
  /** Largest magnitude first; none where the matrix is not square. */
  readonly eigenvalues: readonly Complex[];
  /** The spectral radius |λ₁|; undefined where the matrix is not square. */
  readonly radius: number | undefined;
  /** ‖·‖₂, which bounds the radius from above. */
  readonly norm: number;
}

type Direction = Recurrent['layers'][number] | NonNullable<Recurrent['layers'][number]['backward']>;

/**
 * The eigenvalues of every recurrent matrix of a model, gate by gate, complex ones too. A linear recurrence h_t = h_{t−1}·U
 * vanishes where the spectral radius is below 1 and explodes where it is above (deck 2 of the lectures, with |w_hh|; Pascanu
 * et al. 2013). Vectors that meet the state element by element (IndRNN, peepholes) are their own eigenvalues.
 *
 * @throws UnsupportedError for a model without recurrent layers
 * @example
 * const rnn = new RNN({ inputSize: 2, hiddenSize: 3, init: { U: init.scaledIdentity(0.5) } });
 * const [{ radius }] = await recurrentSpectrum(rnn); // 0.5
 */
export async function recurrentSpectrum(model: Module): Promise<RecurrentSpectrum[]> {
  const parts = recurrentParts('recurrentSpectrum', model);
  const directions = [...parts].flatMap(([path, part]) => directionsOf(path, part));
  const found = await Promise.all(directions.map(([path, one]) => spectraOf(path, one)));
  return found.flat();
}

function directionsOf(path: string, { layers }: Recurrent): [string, Direction][] {
  return layers.flatMap((layer, i): [string, Direction][] => {
    const name = path === '' ? String(i) : `${path}.${i}`;
    return [
      [name, layer],
      ...(layer.backward ? [[`${name}.backward`, layer.backward] as [string, Direction]] : []),
    ];
  });
}

async function spectraOf(
  layer: string,
  { program, weights }: Direction,
): Promise<RecurrentSpectrum[]> {
  const carried = dependents(program);
  const read = async (name: string) => rowsOf(weights[name], await weights[name].data());
  const found = program.values.map(async (value, ref) => {
    if (value.kind === 'affine') {
      const terms = value.terms.filter((term) => carried.has(term.value));
      return Promise.all(terms.map((term) => ofMatrix(layer, program, ref, term, read)));
    }
    const vector = selfConnection(program, value);
    return vector ? [[await ofVector(layer, program, ref, vector, read)]] : [];
  });
  return (await Promise.all(found)).flat(2);
}

type Read = (name: string) => Promise<Matrix>;
type Weight = Value & { readonly kind: 'weight' };

/** A matrix `[n, k·n]` is k square ones side by side. */
async function ofMatrix(
  layer: string,
  program: Program,
  ref: number,
  { weight: at, transposed }: Term,
  read: Read,
): Promise<RecurrentSpectrum[]> {
  const weight = program.values[at] as Weight;
  const whole = windowOf(await read(weight.parameter), weight, transposed);
  const [rows, columns] = [whole.length, whole[0].length];
  const blocks = columns % rows === 0 ? columns / rows : 1;
  const width = columns / blocks;
  return Array.from({ length: blocks }, (_, block) => {
    const from = block * width;
    const matrix = whole.map((row) => row.slice(from, from + width));
    const lambda = width === rows ? eigenvalues(matrix) : [];
    const name = readerOf(program, ref, blocks > 1 ? from : undefined) ?? weight.parameter;
    return {
      layer,
      name,
      weight: weight.parameter,
      eigenvalues: lambda,
      radius: lambda.length > 0 ? magnitude(lambda[0]) : undefined,
      norm: spectralNorm(matrix),
    };
  });
}

async function ofVector(
  layer: string,
  program: Program,
  ref: number,
  weight: Weight,
  read: Read,
): Promise<RecurrentSpectrum> {
  const [whole] = await read(weight.parameter);
  const lambda = whole
    .slice(...weight.columns)
    .map((re) => ({ re, im: 0 }))
    .sort((a, b) => magnitude(b) - magnitude(a));
  const radius = magnitude(lambda[0]);
  const name = readerOf(program, ref, undefined) ?? weight.parameter;
  return { layer, name, weight: weight.parameter, eigenvalues: lambda, radius, norm: radius };
}

/** The values that an old state reaches. */
function dependents({ values }: Program): Set<number> {
  const reached = new Set<number>();
  for (const [ref, value] of values.entries()) {
    if (value.kind === 'state' || operandsOf(value).some((x) => reached.has(x))) reached.add(ref);
  }
  return reached;
}

/** The vector of u ⊙ h_{t−1}. */
function selfConnection({ values }: Program, value: Value): Weight | undefined {
  if (value.kind !== 'pointwise' || value.formula.name !== 'mul') return undefined;
  const operands = value.args.map((ref) => values[ref]);
  if (!operands.some(({ kind }) => kind === 'state')) return undefined;
  return operands.find((operand): operand is Weight => operand.kind === 'weight');
}

/** The named value that a value goes into; of a block of its columns, where they are taken apart. */
function readerOf(program: Program, ref: number, block: number | undefined): string | undefined {
  const { values } = program;
  if (isNamed(values[ref])) return values[ref].name;
  for (const [reader, value] of values.entries()) {
    if (!operandsOf(value).includes(ref)) continue;
    const isCut = value.kind === 'columns' && block !== undefined;
    if (isCut && value.window[0] !== block) continue;
    const name = readerOf(program, reader, isCut ? undefined : block);
    if (name !== undefined) return name;
  }
  return undefined;
}

function rowsOf({ shape }: Parameter, values: ArrayLike<number>): Matrix {
  const columns = shape[shape.length - 1];
  return Array.from({ length: values.length / columns }, (_, row) =>
    Array.from({ length: columns }, (_, column) => values[row * columns + column]),
  );
}

function windowOf(
  matrix: Matrix,
  { rows = [0, matrix.length], columns }: Weight,
  transposed: boolean,
): Matrix {
  const part = matrix.slice(...rows).map((row) => row.slice(...columns));
  return transposed ? part[0].map((_, column) => part.map((row) => row[column])) : part;
}
