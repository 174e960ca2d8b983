import {
  IndexError,
  isNamed,
  namedValues,
  type Program,
  refuseUnknownOptions,
  type Value,
} from '@unroll/backend';
import type { WatchedRun, WatchedValues } from '@unroll/cells';
import type { Sequence } from '@unroll/tensor';
import { type Numbers, readAll } from './rows.ts';
import { type TableOptions, table } from './table.ts';

/** A traced layer as plain numbers: what stands in a JSON file. */
export interface LayerNumbers extends Pick<TracedLayer, 'name' | 'layer' | 'direction' | 'cell'> {
  readonly values: Readonly<Record<string, Numbers>>;
  readonly gradients?: Readonly<Record<string, Numbers>>;
}

/** What a backward pass has told of one run. */
export interface RunGradients {
  readonly values: WatchedValues;
  /** What came from above to each row of the direction's output. */
  readonly output: Sequence | undefined;
}

/** Every value of one direction of one layer in one run, at every step. */
export class TracedLayer {
  /** Its path in the model, as in `stateDict()`: `lstm.0`, `lstm.1.backward`; of a part that ran again with `#2`. */
  readonly name: string;
  /** From 0, the one that reads the input. */
  readonly layer: number;
  readonly direction: 'forward' | 'backward';
  /** The name of its cell. */
  readonly cell: string;
  readonly program: Program;
  /**
   * By their symbols in the cell's equations: `x`, `f`, `c`, `h`, … `toBatch()` gives `[batch, time, n]`, `toTensors()`
   * one `[length, n]` for each sequence, both in the user's order.
   */
  readonly values: WatchedValues;
  /** The run as the layer told of it. */
  readonly run: WatchedRun;
  readonly #gradients: RunGradients | undefined;

  constructor(path: string, run: WatchedRun, gradients: RunGradients | undefined) {
    this.name = path;
    this.layer = run.layer;
    this.direction = run.direction;
    this.cell = run.cell;
    this.program = run.program;
    this.run = run;
    this.values = only(shownNames(run.program), run.values);
    this.#gradients = gradients;
  }

  /** ∂L/∂value under the same names; undefined without a loss, or where none of it comes here. */
  get gradients(): WatchedValues | undefined {
    return this.#gradients && only(Object.keys(this.values), this.#gradients.values);
  }

  /** ∂L/∂output as it comes from above, without what later steps send back; undefined without a loss. */
  get arriving(): Sequence | undefined {
    return this.#gradients?.output;
  }

  /** What is carried, after each step: `h`, `c`, … after zoneout where there is one. */
  get states(): WatchedValues {
    return Object.fromEntries(
      this.program.states.map(({ name, next }) => [name, this.valueOf(next)]),
    );
  }

  /** What was carried into each step. */
  get before(): WatchedValues {
    return Object.fromEntries(
      this.program.states.map(({ name, input }) => [name, this.valueOf(input)]),
    );
  }

  /** A value of the program by its number, named or not. */
  valueOf(ref: number): Sequence {
    const { name, kind } = this.program.values[ref];
    const found = this.run.values[name];
    if (found) return found;
    throw new IndexError('TracedLayer.valueOf', `${name}, a ${kind}, is not there at every step`);
  }

  /** All values, and gradients where there are any, as plain numbers. */
  async read(): Promise<LayerNumbers> {
    const { name, layer, direction, cell, gradients } = this;
    const values = await readAll(this.values);
    const read = gradients && { gradients: await readAll(gradients) };
    return { name, layer, direction, cell, values, ...read };
  }

  /**
   * One sequence as a table of text: a line for each step, a column for each value.
   *
   * @throws IndexError for a sequence or a value that is not there; OptionError for an option that does not exist
   * @example
   * const [layer] = trace(new GRU({ inputSize: 2, hiddenSize: 3 }), zeros([1, 4, 2])).layers;
   * console.log(await layer.table({ values: ['z', 'h'], units: 1 }));
   */
  async table(options: TableOptions = {}): Promise<string> {
    refuseUnknownOptions('table', options, { sequence: true, units: true, values: true });
    return table(`${this.name}, ${this.cell}`, await readAll(this.values), options);
  }
}

/** What a trace has to ask for: everything that a step has of its own. */
export function watchedNames({ values }: Program): string[] {
  return values.filter(isOfStep).map(({ name }) => name);
}

function isOfStep({ kind }: Value): boolean {
  return kind !== 'weight' && kind !== 'memory' && kind !== 'sequence';
}

/** What comes in at each step, then what is computed, under their authors' names. */
function shownNames(program: Program): string[] {
  const steps = program.values.filter((value) => value.kind === 'step' && isNamed(value));
  return [...steps.map(({ name }) => name), ...namedValues(program)];
}

function only(names: readonly string[], values: WatchedValues): WatchedValues {
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}
