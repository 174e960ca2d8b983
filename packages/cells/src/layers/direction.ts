import type { DType } from '@unroll/backend';
import { type Initializer, Module } from '@unroll/nn';
import {
  concat,
  full,
  type Parameter,
  parameter,
  type RandomStream,
  type Sequence,
  scan,
  type Tensor,
  type Tensors,
  zeros,
} from '@unroll/tensor';
import type { Cell, CellSizes } from '../cell/define-cell.ts';
import { initialStates, type LayerState } from './state.ts';

/** How weights start, by their names; what is not named starts as {@link Recurrent} says. */
export type Initializers = Readonly<Record<string, Initializer | undefined>>;

/** The output rows and the final states of one run over sequences. */
export interface DirectionResult {
  readonly output: Sequence;
  readonly state: Tensors;
}

/** What the directions of a layer have in common. */
export interface DirectionOptions {
  readonly cell: Cell;
  readonly sizes: CellSizes;
  readonly init: Initializers;
  /** Of the weights. */
  readonly dtype: DType | undefined;
  /** The layer's, from which all its weights are drawn. */
  readonly stream: RandomStream;
}

/** One cell with its weights, run over time in one direction. */
export class Direction extends Module {
  readonly weights: Readonly<Record<string, Parameter>>;
  readonly #options: DirectionOptions;
  readonly #reverse: boolean;

  constructor(name: string, options: DirectionOptions, reverse: boolean) {
    super(name);
    this.#options = options;
    this.#reverse = reverse;
    const { cell, sizes, init, stream, dtype } = options;
    this.weights = Object.fromEntries(
      Object.entries(cell.shapes(sizes)).map(([weight, shape]) => {
        const start = init[weight] ?? startOf(cell, sizes.hiddenSize, weight);
        return [weight, parameter(start(shape, stream, dtype))];
      }),
    );
  }

  /** The weights stand under their own names: `W`, `U`, `b`. */
  override ownParameters(): Record<string, Parameter> {
    return this.weights;
  }

  override forward(input: Sequence, given?: LayerState | Tensors): DirectionResult {
    const { cell, sizes } = this.#options;
    const result = scan({
      program: cell.program(sizes),
      schedule: input.schedule(this.#reverse),
      steps: { x: input.rows },
      states: initialStates(cell, sizes.hiddenSize, input, given, this.name),
      parameters: this.weights,
    });
    const [output] = cell.states;
    return {
      output: input.withRows(result.outputs[output]),
      state: Object.fromEntries(
        cell.states.map((name) => [name, input.toUserOrder(result.finalStates[name])]),
      ),
    };
  }
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
