import type { DType, Program } from '@unroll/backend';
import { init as initializers, Module } from '@unroll/nn';
import {
  broadcastTo,
  type Parameter,
  parameter,
  type RandomStream,
  type ScanCall,
  type Sequence,
  scan,
  type Tensor,
  type Tensors,
  zeros,
} from '@unroll/tensor';
import type { Cell, CellSizes } from '../cell/define-cell.ts';
import { drawMasks } from '../cell/mask.ts';
import { cellWeights, type Initializers } from '../cell/start.ts';
import type { LayerState, StateSizes } from './state.ts';
import { type PlacedWatcher, tell, type Watcher, wantedBy } from './watch.ts';

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
  readonly #watchers = new Set<PlacedWatcher>();

  constructor(name: string, options: DirectionOptions, reverse: boolean) {
    super(name);
    this.#options = options;
    this.#reverse = reverse;
    const { cell, sizes, init, stream, dtype, learnInitialState } = options;
    this.weights = cellWeights(cell, sizes, { init, stream, dtype });
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

  /** What it runs in use, for its sizes. */
  get program(): Program {
    const { cell, sizes } = this.#options;
    return cell.program(sizes);
  }

  override forward(input: Sequence, given?: LayerState | Tensors): DirectionResult {
    const { cell, sizes } = this.#options;
    const { program, masks } = (this.training ? cell.training?.(sizes) : undefined) ?? {
      program: this.program,
      masks: [],
    };
    const { steps, sequences, parameters } = drawMasks(masks, this.name, input, this.weights);
    const { output, finalStates } = this.#scan(input, {
      program,
      schedule: input.schedule(this.#reverse),
      steps: { x: input.rows, ...steps },
      states: this.#initialStates(input, given),
      sequences,
      parameters,
    });
    return {
      output,
      state: Object.fromEntries(
        cell.states.map((name) => [name, input.toUserOrder(finalStates[name])]),
      ),
    };
  }

  /** Has a watcher told of all runs from now on; gives what ends that. */
  watch(watcher: Watcher, layer: number): () => void {
    const direction = this.#reverse ? 'backward' : 'forward';
    const placed = { watcher, place: { layer, direction, cell: this.#options.cell.name } } as const;
    this.#watchers.add(placed);
    return () => this.#watchers.delete(placed);
  }

  #scan(input: Sequence, call: ScanCall): { output: Sequence; finalStates: Tensors } {
    const [name] = this.#options.cell.states;
    const watchers = new Set(this.#watchers);
    let onGradients: (gradients: Tensors) => void = () => {};
    const wantsGradients = [...watchers].some(({ watcher }) => watcher.onGradients);
    const { outputs, finalStates, watched } = scan({
      ...call,
      watch: wantedBy(watchers, call.program),
      ...(wantsGradients ? { onGradients: (gradients) => onGradients(gradients) } : {}),
    });
    const output = input.withRows(outputs[name]);
    const run = { program: call.program, call, input, output };
    if (watchers.size > 0) onGradients = tell(watchers, run, watched);
    return { output, finalStates };
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
