import { DTypeError, isFloating, refuseUnknownOptions, ShapeError } from '@unroll/backend';
import { classNameOf, Dropout, Module } from '@unroll/nn';
import {
  detachState,
  keep,
  mapState,
  randomStream,
  resetRows,
  Sequence,
  type StateTree,
  type Tensor,
  unsqueeze,
} from '@unroll/tensor';
import type { Cell } from '../cell/define-cell.ts';
import { type CellName, cellByName } from '../cells/names.ts';
import { type Connection, Layer, type LayerResult, type MergeMode } from './layer.ts';
import { checkOptions, layerOptions, type RecurrentLayerOptions } from './options.ts';
import { checkState, type RecurrentState } from './state.ts';
import type { Watcher } from './watch.ts';

export interface RecurrentOptions extends RecurrentLayerOptions {
  /** What `defineCell` or a wrapper made, or the name of a built-in. */
  cell: Cell | CellName;
}

/** What a sequence model gives: the output in the kind of the input, and the final state. */
export interface RecurrentResult<X extends Sequence | Tensor> {
  readonly output: X;
  readonly state: RecurrentState;
  /** With `mergeMode: 'none'`: what the direction from the end to the beginning gives, at the same steps. */
  readonly backward?: X;
}

/**
 * Layers of a recurrent cell over sequences.
 *
 * `forward` takes a `Sequence` or a batch-first tensor `[batch, time, inputSize]` (all of one length) and gives the output
 * of the last layer in the same kind, `outputSize` features, and the final state of every layer, each row's own last one.
 * An initial state has the same form as the final one.
 *
 * @throws OptionError for options that do not exist or contradict each other; ShapeError for a state that does not fit
 * @example
 * const layer = new Recurrent({ cell: 'lstm', inputSize: 8, hiddenSize: 16, numLayers: 2 });
 * const { output, state } = layer.forward(zeros([4, 10, 8])); // output [4, 10, 16]
 * const next = layer.forward(zeros([4, 10, 8]), state);       // goes on where it stopped
 */
export class Recurrent extends Module {
  static readonly className: string = 'Recurrent';

  readonly cell: Cell;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly bidirectional: boolean;
  readonly mergeMode: MergeMode;
  readonly connection: Connection | undefined;
  readonly stateful: boolean;
  readonly layers: readonly Layer[];
  readonly dropout: Dropout;
  /** What a stateful layer starts the next batch with; undefined before the first. Set it to go on from a saved state. */
  state: RecurrentState | undefined;

  constructor(options: RecurrentOptions) {
    super(options.name);
    refuseUnknownOptions('Recurrent', options, { cell: true, ...layerOptions });
    checkOptions(classNameOf(this.constructor), options);
    const { inputSize, hiddenSize, numLayers = 1, bias = true, connection } = options;
    this.connection = connection;
    this.cell = typeof options.cell === 'string' ? cellByName(options.cell) : options.cell;
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.bidirectional = options.bidirectional ?? false;
    this.mergeMode = options.mergeMode ?? 'concat';
    this.stateful = options.stateful ?? false;
    const { init = {}, dtype, learnInitialState = false } = options;
    const stream = randomStream(this.name);
    this.layers = Array.from({ length: numLayers }, (_, i) => {
      const sizes = { inputSize: i === 0 ? inputSize : this.outputSize, hiddenSize, bias };
      const parts = { cell: this.cell, sizes, init, dtype, stream, learnInitialState };
      return new Layer(`${this.name}.${i}`, {
        ...parts,
        mergeMode: this.bidirectional ? this.mergeMode : undefined,
        connection: i === 0 ? undefined : connection,
      });
    });
    this.dropout = new Dropout({ p: options.dropout ?? 0, name: `${this.name}.dropout` });
  }

  /** Features of an output row: hiddenSize (or what the cell projects to), twice as many with two directions side by side. */
  get outputSize(): number {
    const { cell, inputSize, hiddenSize } = this;
    const size = cell.stateSizes({ inputSize, hiddenSize, bias: true })[cell.states[0]];
    return this.bidirectional && this.mergeMode === 'concat' ? 2 * size : size;
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
    const sequence = this.#accept(input);
    const carried = this.stateful ? this.state : undefined;
    this.#checkState(sequence, state, carried);
    const results = this.#run(sequence, state ?? carried);
    const { output, backward } = results[results.length - 1];
    const final = results.map((result) => result.state);
    if (this.stateful) this.state = keep(detachState(final as StateTree) as RecurrentState);
    const like = (x: Sequence) => (input instanceof Sequence ? x : x.toBatch()) as X;
    const result = { output: like(output), state: final };
    return backward ? { ...result, backward: like(backward) } : result;
  }

  /**
   * A stateful layer forgets: all rows of the batch, or those that are true. They start again at zero, or where the layer
   * has learned to.
   *
   * @param rows one boolean for each row of the batch, or a bool tensor `[batch]`
   */
  resetState(rows?: readonly boolean[] | Tensor): void {
    const { state } = this;
    this.state =
      rows && state
        ? keep(resetRows(state as StateTree, rows, this.#learnedStart()) as RecurrentState)
        : undefined;
  }

  /**
   * Asks for values inside the cells at all steps: of every layer and direction, under the names of the cell's equations,
   * in all runs from now on. Like a forward hook of PyTorch's, for what a module computes inside. The run itself stays the
   * same, to the bit.
   *
   * @returns a function that ends it
   * @throws ShapeError at the next run, for a name that the equations do not have
   * @example
   * const layer = new LSTM({ inputSize: 2, hiddenSize: 3 });
   * const gates: Sequence[] = [];
   * const end = layer.watch({ values: ['f'], onRun: ({ values }) => gates.push(values.f) });
   * layer.forward(zeros([1, 4, 2]));
   * end();
   * console.log(gates[0].toBatch().shape); // [1, 4, 3]
   */
  watch(watcher: Watcher): () => void {
    refuseUnknownOptions('Recurrent.watch', watcher, {
      values: true,
      onRun: true,
      onGradients: true,
    });
    const ends = this.layers.map((layer, i) => layer.watch(watcher, i));
    return () => {
      for (const end of ends) end();
    };
  }

  /** One row that stands for all, by layer and state; undefined where states start at zero. */
  #learnedStart(): StateTree | undefined {
    const starts = this.layers.map(({ initial }) =>
      mapState(initial, (x) => unsqueeze(x, { axis: 0 })),
    );
    return starts.every((start) => Object.keys(start).length > 0) ? starts : undefined;
  }

  #run(input: Sequence, state: RecurrentState | undefined): LayerResult[] {
    const results: LayerResult[] = [];
    for (const [i, layer] of this.layers.entries()) {
      const x = i === 0 ? input : results[i - 1].output;
      results.push(layer.forward(i === 0 ? x : this.dropout.forward(x), state?.[i], x));
    }
    return results;
  }

  #checkState(
    { batch }: Sequence,
    given: RecurrentState | undefined,
    carried: RecurrentState | undefined,
  ): void {
    const state = given ?? carried;
    if (!state) return;
    const form = {
      name: this.cell.name,
      sizes: this.layers[0].stateSizes,
      layers: this.layers.length,
      bidirectional: this.bidirectional,
      batch,
    };
    const hint = given ? '' : ' It is carried from the batch before; resetState() starts anew.';
    checkState(this.name, state, form, hint);
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
