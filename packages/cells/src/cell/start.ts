import type { DType } from '@unroll/backend';
import type { Initializer } from '@unroll/nn';
import {
  concat,
  full,
  type Parameter,
  parameter,
  type RandomStream,
  type Tensor,
  zeros,
} from '@unroll/tensor';
import type { Cell, CellSizes } from './define-cell.ts';

/** How weights start, by their names; what is not named starts as `Recurrent` says. */
export type Initializers = Readonly<Record<string, Initializer | undefined>>;

export interface StartOptions {
  readonly init?: Initializers;
  /** From which they are drawn. */
  readonly stream: RandomStream;
  readonly dtype?: DType | undefined;
}

/** New weights of a cell by their names, as they start: for layers, and for steps of your own around a cell. */
export function cellWeights(
  cell: Cell,
  sizes: CellSizes,
  { init = {}, stream, dtype }: StartOptions,
): Record<string, Parameter> {
  return Object.fromEntries(
    Object.entries(cell.shapes(sizes)).map(([weight, shape]) => {
      const start = init[weight] ?? cell.starts[weight] ?? startOf(cell, sizes.hiddenSize, weight);
      return [weight, parameter(start(shape, stream, dtype))];
    }),
  );
}

/** Matrices are uniform in ±1/√hiddenSize, as in PyTorch; gate biases start where the cell says, other vectors at 0. */
function startOf(cell: Cell, hiddenSize: number, weight: string): Initializer {
  const bound = 1 / Math.sqrt(hiddenSize);
  return (shape, stream, dtype) => {
    if (weight === 'b' && cell.gates.length > 0) return gateBiases(cell, hiddenSize, dtype);
    if (shape.length === 1) return zeros(shape, { dtype });
    return stream.uniform(shape, { low: -bound, high: bound, dtype });
  };
}

function gateBiases(cell: Cell, hiddenSize: number, dtype: DType | undefined): Tensor {
  const blocks = cell.gates.map((gate) => full([hiddenSize], cell.biases[gate] ?? 0, { dtype }));
  return concat(blocks, { axis: 0 });
}
