import type { DType } from '@unroll/backend';
import { type Initializer, init as initializers, Module } from '@unroll/nn';
import {
  broadcastTo,
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
import { drawMasks } from '../cell/mask.ts';
import type { LayerState, StateSizes } from './state.ts';

/** How weights start, by their names; what is not named starts as {@link Recurrent} says. */
export type Initializers = Readonly<Record<string, Initializer | undefined>>;

/** The output rows and the final states of one run over sequences. */
export interface DirectionResult {
  readonly output: Sequence;
  readonly state: LayerState;
}

/** What the directions of a layer have in common. */
export interface DirectionOptions {
  readonly cell: Cell;
  readonly sizes: CellSizes;
  readonly init: Initializers;
  /** Whether states that are not given start at weights. */
  readonly learnInitialState: boolean;
  /** Of the weights. */
  readonly dtype: DType | undefined;
  /** The layer's, from which all its weights are drawn. */
  readonly stream: RandomStream;
}

/** One cell with its weights, run over time in one direction. */
export class Direction extends Module {
  static readonly className: string = 'Direction';

  readonly weights: Readonly<Record<string, Parameter>>;
  /** By state `[size]`; none unless they are learned. */
  readonly initial: Readonly<Record<string, Parameter>>;
  readonly #options: DirectionOptions;
  readonly #reverse: boolean;

  constructor(name: string, options: DirectionOptions, reverse: boolean) {
    super(name);
    this.#options = options;
    this.#reverse = reverse;
    const { cell, sizes, init, stream, dtype, learnInitialState } = options;
    this.weights = Object.fromEntries(
      Object.entries(cell.shapes(sizes)).map(([weight, shape]) => {
        const start =
          init[weight] ?? cell.starts[weight] ?? startOf(cell, sizes.hiddenSize, weight);
        return [weight, parameter(start(shape, stream, dtype))];
      }),
    );
    const learned = learnInitialState ? Object.entries(this.stateSizes) : [];
    this.initial = Object.fromEntries(
      learned.map(([state, size]) => {
        const start = init[`${state}0`] ?? initializers.zeros();
        return [state, parameter(start([size], stream, dtype))];
      }),
    );
  }

  /** The weights stand under their own names: `W`, `U`, `b`; learned initial states as `h0`, `c0`. */
  override ownParameters(): Record<string, Parameter> {
    const initial = Object.entries(this.initial).map(([state, x]) => [`${state}0`, x]);
    return { ...this.weights, ...Object.fromEntries(initial) };
  }

  get stateSizes(): StateSizes {
    const { cell, sizes } = this.#options;
    return cell.stateSizes(sizes);
  }

  override forward(input: Sequence, given?: LayerState | Tensors): DirectionResult {
    const { cell, sizes } = this.#options;
    const { program, masks } = (this.training ? cell.training?.(sizes) : undefined) ?? {
      program: cell.program(sizes),
      masks: [],
    };
    const { steps, sequences, parameters } = drawMasks(masks, this.name, input, this.weights);
    const result = scan({
      program,
      schedule: input.schedule(this.#reverse),
      steps: { x: input.rows, ...steps },
      states: this.#initialStates(input, given),
      sequences,
      parameters,
    });
    const [output] = cell.states;
    return {
      output: input.withRows(result.outputs[output]),
      state: Object.fromEntries(
        cell.states.map((name) => [name, input.toUserOrder(result.finalStates[name])]),
      ),
    };
  }

  /** In the order in which the scan wants its rows: those given, else those learned, else zeros. */
  #initialStates(sequence: Sequence, given: LayerState | Tensors | undefined): Tensors {
    const { dtype } = sequence.rows;
    return Object.fromEntries(
      Object.entries(this.stateSizes).map(([name, size]) => {
        const shape = [sequence.batch, size];
        if (given) return [name, sequence.fromUserOrder(given[name] as Tensor)];
        const learned = this.initial[name];
        return [name, learned ? broadcastTo(learned, shape) : zeros(shape, { dtype })];
      }),
    );
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
