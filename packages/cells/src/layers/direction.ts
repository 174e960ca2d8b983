import type { Shape } from '@unroll/backend';
import { Module } from '@unroll/nn';
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

/** Makes a weight: its shape and a stream to draw from. */
export type Initializer = (shape: Shape, stream: RandomStream) => Tensor;

/** How weights start, by their names; what is not named starts as {@link Recurrent} says. */
export type Initializers = Readonly<Record<string, Initializer | undefined>>;

/** The output rows and the final states of one run over sequences. */
export interface DirectionResult {
  readonly output: Sequence;
  readonly state: Tensors;
}

/** One cell with its weights, run over time in one direction. */
export class Direction extends Module {
  readonly weights: Readonly<Record<string, Parameter>>;
  readonly #cell: Cell;
  readonly #sizes: CellSizes;
  readonly #reverse: boolean;

  constructor(
    cell: Cell,
    sizes: CellSizes,
    reverse: boolean,
    init: Initializers,
    stream: RandomStream,
  ) {
    super();
    this.#cell = cell;
    this.#sizes = sizes;
    this.#reverse = reverse;
    this.weights = Object.fromEntries(
      Object.entries(cell.shapes(sizes)).map(([name, shape]) => {
        const make = init[name] ?? startOf(cell, sizes.hiddenSize, name);
        return [name, parameter(make(shape, stream))];
      }),
    );
  }

  /** The weights stand under their own names: `W`, `U`, `b`. */
  override ownParameters(): Record<string, Parameter> {
    return this.weights;
  }

  override forward(input: Sequence, given?: LayerState | Tensors): DirectionResult {
    const result = scan({
      program: this.#cell.program(this.#sizes),
      schedule: input.schedule(this.#reverse),
      steps: { x: input.rows },
      states: initialStates(this.#cell, this.#sizes.hiddenSize, input, given, this.#cell.name),
      parameters: this.weights,
    });
    const [output] = this.#cell.states;
    return {
      output: input.withRows(result.outputs[output]),
      state: Object.fromEntries(
        this.#cell.states.map((name) => [name, input.toUserOrder(result.finalStates[name])]),
      ),
    };
  }
}

/** Matrices are uniform in ±1/√hiddenSize, as in PyTorch; gate biases start where the cell says, other vectors at 0. */
function startOf(cell: Cell, hiddenSize: number, name: string): Initializer {
  const bound = 1 / Math.sqrt(hiddenSize);
  return (shape, stream) => {
    if (name === 'b' && cell.gates.length > 0) return gateBiases(cell, hiddenSize);
    if (shape.length === 1) return zeros(shape);
    return stream.uniform(shape, { low: -bound, high: bound });
  };
}

function gateBiases(cell: Cell, hiddenSize: number): Tensor {
  const blocks = cell.gates.map((gate) => full([hiddenSize], cell.biases[gate] ?? 0));
  return concat(blocks, { axis: 0 });
}
