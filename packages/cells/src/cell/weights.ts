import type { Shape } from '@unroll/backend';
import { type Symbolic, split } from '@unroll/tensor';

/** What a cell is built for. */
export interface CellSizes {
  /** Features of x, m in the lectures. */
  readonly inputSize: number;
  /** Units of the state, n in the lectures. */
  readonly hiddenSize: number;
  /** Whether affine maps have a bias. */
  readonly bias: boolean;
}

/** Further weights of a cell by name; undefined for one that these sizes do not have. */
export type WeightShapes = Readonly<Record<string, Shape | undefined>>;

/**
 * Shapes of the weights that gates share, their columns side by side.
 *
 * @param rows of U, the columns of the state that it meets; false: no state meets a matrix
 */
export function stackedShapes(
  { inputSize, hiddenSize, bias }: CellSizes,
  gates: number,
  rows: number | false,
): Record<string, Shape> {
  if (gates === 0) return {};
  const columns = gates * hiddenSize;
  return {
    W: [inputSize, columns],
    ...(rows === false ? {} : { U: [rows, columns] }),
    ...(bias ? { b: [columns] } : {}),
  };
}

/** The weights that there are. */
export function present(weights: WeightShapes): Record<string, Shape> {
  const entries = Object.entries(weights).filter(([, shape]) => shape !== undefined);
  return Object.fromEntries(entries) as Record<string, Shape>;
}

/** W, U and b cut into their gates' columns; further weights as they are. */
export function byGate(weights: Readonly<Record<string, Symbolic>>, gates: readonly string[]) {
  const cut = (weight: Symbolic | undefined) => {
    const parts = weight ? split(weight, gates.length, { axis: -1 }) : [];
    return Object.fromEntries(gates.map((gate, i) => [gate, parts[i]]));
  };
  if (gates.length === 0) return weights;
  return { ...weights, W: cut(weights.W), U: cut(weights.U), b: cut(weights.b) };
}
