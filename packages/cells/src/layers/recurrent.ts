import {
  type DType,
  DTypeError,
  isFloating,
  OptionError,
  refuseUnknownOptions,
  ShapeError,
} from '@unroll/backend';
import { Dropout, Module } from '@unroll/nn';
import { concatFeatures, randomStream, Sequence, type Tensor } from '@unroll/tensor';
import type { Cell } from '../cell/define-cell.ts';
import { type CellName, cellByName } from '../cells/names.ts';
import { Direction, type DirectionOptions, type Initializers } from './direction.ts';
import type { LayerState, RecurrentState } from './state.ts';

export interface RecurrentLayerOptions {
  /** Features of an input row. */
  inputSize: number;
  /** Units of each layer and direction. */
  hiddenSize: number;
  /** Layers on top of each other; default 1. */
  numLayers?: number;
  /** A second cell from the end to the beginning beside each, outputs side by side; default false. */
  bidirectional?: boolean;
  /** Share of outputs dropped between layers while training; default 0. */
  dropout?: number;
  /** Whether affine maps have a bias; default true. */
  bias?: boolean;
  /**
   * How weights start, by their names in the equations. Default: matrices uniform in ±1/√hiddenSize, gate biases where the
   * cell says (an LSTM's forget gate at 1), other vectors 0.
   */
  init?: Initializers;
  /** Of the weights; default float32. */
  dtype?: DType;
  /** Of its random stream; default: its class with a number. */
  name?: string;
}

/** The names of the options that all recurrent layers have. */
export const layerOptions: Record<keyof RecurrentLayerOptions, true> = {
  inputSize: true,
  hiddenSize: true,
  numLayers: true,
  bidirectional: true,
  dropout: true,
  bias: true,
  init: true,
  dtype: true,
  name: true,
};

export interface RecurrentOptions extends RecurrentLayerOptions {
  /** What `defineCell` made, or the name of a built-in. */
  cell: Cell | CellName;
}

/** What a sequence model gives: the output in the kind of the input, and the final state. */
export interface RecurrentResult<X extends Sequence | Tensor> {
  readonly output: X;
  readonly state: RecurrentState;
}

/**
 * Layers of a recurrent cell over sequences.
 *
 * `forward` takes a `Sequence` or a batch-first tensor `[batch, time, inputSize]` (all of one length) and gives the output
 * of the last layer in the same kind, `hiddenSize` features (twice as many when bidirectional), and the final state of
 * every layer, each row's own last one. An initial state has the same form as the final one.
 *
 * @example
 * const layer = new Recurrent({ cell: 'lstm', inputSize: 8, hiddenSize: 16, numLayers: 2 });
 * const { output, state } = layer.forward(zeros([4, 10, 8])); // output [4, 10, 16]
 * const next = layer.forward(zeros([4, 10, 8]), state);       // goes on where it stopped
 */
export class Recurrent extends Module {
  readonly cell: Cell;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly bidirectional: boolean;
  readonly layers: readonly Layer[];
  readonly dropout: Dropout;

  constructor(options: RecurrentOptions) {
    super(options.name);
    refuseUnknownOptions('Recurrent', options, { cell: true, ...layerOptions });
    const { inputSize, hiddenSize, numLayers = 1, bidirectional = false, bias = true } = options;
    checkSizes(this.constructor.name, { inputSize, hiddenSize, numLayers });
    this.cell = typeof options.cell === 'string' ? cellByName(options.cell) : options.cell;
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.bidirectional = bidirectional;
    const { init = {}, dtype } = options;
    const stream = randomStream(this.name);
    this.layers = Array.from({ length: numLayers }, (_, i) => {
      const sizes = { inputSize: i === 0 ? inputSize : this.outputSize, hiddenSize, bias };
      const parts = { cell: this.cell, sizes, init, dtype, stream };
      return new Layer(`${this.name}.${i}`, parts, bidirectional);
    });
    this.dropout = new Dropout({ p: options.dropout ?? 0, name: `${this.name}.dropout` });
  }

  /** Features of an output row. */
  get outputSize(): number {
    return this.bidirectional ? 2 * this.hiddenSize : this.hiddenSize;
  }

  /** Layers stand under their numbers: `0.W`, `1.backward.U`. */
  override namedChildren(): Map<string, Module> {
    const children = new Map<string, Module>(this.layers.map((layer, i) => [String(i), layer]));
    return children.set('dropout', this.dropout);
  }

  override forward<X extends Sequence | Tensor>(
    input: X,
    state?: RecurrentState,
  ): RecurrentResult<X> {
    let sequence = this.#accept(input);
    if (state && state.length !== this.layers.length) {
      throw new ShapeError(
        this.name,
        `has ${this.layers.length} layers; the initial state has ${state.length}`,
      );
    }
    const states: LayerState[] = [];
    for (const [i, layer] of this.layers.entries()) {
      const result = layer.forward(i === 0 ? sequence : this.dropout.forward(sequence), state?.[i]);
      sequence = result.output;
      states.push(result.state);
    }
    const output = input instanceof Sequence ? sequence : sequence.toBatch();
    return { output: output as X, state: states };
  }

  #accept(input: Sequence | Tensor): Sequence {
    const sequence = input instanceof Sequence ? input : this.#fromBatch(input);
    const { rows } = sequence;
    if (!isFloating(rows.dtype)) {
      throw new DTypeError(
        this.name,
        `needs floating rows; got ${rows.dtype}. Put an Embedding in front of ids.`,
      );
    }
    if (rows.rank !== 2 || rows.shape[1] !== this.inputSize) {
      throw new ShapeError(
        this.name,
        `inputSize is ${this.inputSize}; got rows of [${rows.shape.slice(1).join(', ')}]`,
        { inputSize: this.inputSize, shape: rows.shape },
      );
    }
    return sequence;
  }

  #fromBatch(input: Tensor): Sequence {
    if (input.rank === 3) return Sequence.fromBatch(input);
    throw new ShapeError(
      this.name,
      `needs a Sequence or [batch, time, ${this.inputSize}]; got [${input.shape.join(', ')}]`,
      { shape: input.shape },
    );
  }
}

/** One layer: a direction, and beside it maybe the other one. */
class Layer extends Direction {
  readonly backward: Direction | undefined;

  constructor(name: string, options: DirectionOptions, bidirectional: boolean) {
    super(name, options, false);
    this.backward = bidirectional ? new Direction(`${name}.backward`, options, true) : undefined;
  }

  override forward(input: Sequence, given?: LayerState) {
    const ahead = super.forward(input, given);
    if (!this.backward) return ahead;
    const back = this.backward.forward(input, given?.backward);
    return {
      output: concatFeatures([ahead.output, back.output]),
      state: { ...ahead.state, backward: back.state } as never,
    };
  }
}

function checkSizes(operation: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, n] of Object.entries(sizes)) {
    if (Number.isInteger(n) && n > 0) continue;
    throw new OptionError(operation, `${name} must be a whole number above 0; got ${n}`, {
      [name]: n,
    });
  }
}
