import {
  AutogradError,
  OptionError,
  refuseUnknownOptions,
  UnsupportedError,
} from '@unroll/backend';
import { Recurrent, type WatchedRun, type WatchedValues } from '@unroll/cells';
import { Module } from '@unroll/nn';
import { gradWhereUsed, noGrad, type Sequence, type Tensor } from '@unroll/tensor';
import { type LayerNumbers, TracedLayer, watchedNames } from './traced-layer.ts';

/** What a model takes first, and what it gives. */
type InputOf<M extends Module> = Parameters<M['forward']>[0];
type OutputOf<M extends Module> = ReturnType<M['forward']>;

export interface TraceOptions<Output> {
  /** A scalar out of the output; with it, the gradient of every value is traced too. No `grad` is written. */
  readonly loss?: (output: Output) => Tensor;
}

/** What {@link trace} gives. */
export interface Trace<Output = unknown> {
  readonly output: Output;
  /** Each direction of each layer, as it ran. */
  readonly layers: readonly TracedLayer[];
  /** All of it as plain numbers: `JSON.stringify` takes them. */
  read(): Promise<{ readonly layers: readonly LayerNumbers[] }>;
}

/**
 * Runs a model once and gives every value of every step in its recurrent layers, under the symbols of the cells'
 * equations: of all layers and directions, of every cell, your own included. Ragged batches keep their lengths. The
 * model runs in the mode in which it is (`eval()` before it for values without dropout); what stateful layers carry is
 * put back.
 *
 * @param input what `forward` takes, or a function that runs the model, such as `() => model.forward(source, target)`
 * @throws UnsupportedError for a model without recurrent layers; AutogradError for a loss that has no gradient
 * @example
 * const lstm = new LSTM({ inputSize: 2, hiddenSize: 3, numLayers: 2, bidirectional: true });
 * const { layers } = trace(lstm, zeros([4, 7, 2]));
 * console.log(layers.map(({ name }) => name)); // ['0', '0.backward', '1', '1.backward']
 * console.log(layers[0].values.f.toBatch().shape); // [4, 7, 3]
 */
export function trace<M extends Module>(
  model: M,
  input: InputOf<M>,
  options?: TraceOptions<OutputOf<M>>,
): Trace<OutputOf<M>>;
export function trace<Output>(
  model: Module,
  input: () => Output,
  options?: TraceOptions<Output>,
): Trace<Output>;
export function trace(model: Module, input: unknown, options: TraceOptions<unknown> = {}): Trace {
  refuseUnknownOptions('trace', options, { loss: true });
  const parts = recurrentParts('trace', model);
  const { loss } = options;
  const run = () =>
    typeof input === 'function' ? input() : model.forward(...([input] as unknown as never[]));
  const recording = new Recording(parts, loss !== undefined);
  const output = recording.during(() => (loss ? run() : noGrad(run)));
  if (loss) differentiate(loss(output), parts);
  const layers = recording.layers();
  return {
    output,
    layers,
    read: async () => ({ layers: await Promise.all(layers.map((layer) => layer.read())) }),
  };
}

/** The recurrent parts of a model by their paths. */
export function recurrentParts(operation: string, model: Module): Map<string, Recurrent> {
  if (!(model instanceof Module)) {
    throw new OptionError(operation, `needs a model; got ${typeof model}`);
  }
  const parts = [...model.namedModules()].filter(
    (entry): entry is [string, Recurrent] => entry[1] instanceof Recurrent,
  );
  if (parts.length > 0) return new Map(parts);
  throw new UnsupportedError(
    operation,
    `this ${model.constructor.name} has no recurrent layers (RNN, LSTM, GRU, Recurrent). layerGradients() looks into nets without them.`,
  );
}

/** Has the backward pass run through all layers, though nobody wants the weights' gradients. */
function differentiate(loss: Tensor, parts: ReadonlyMap<string, Recurrent>): void {
  const weights = [...parts.values()].flatMap((part) => part.parameters());
  const found = gradWhereUsed(loss, weights);
  if (found.some((gradient) => gradient !== undefined)) return;
  throw new AutogradError(
    'trace',
    'the loss does not depend on any weight of a recurrent layer. Compute it from the output, with ordinary operations.',
  );
}

/** One run, as its layers tell of it. */
interface Told {
  readonly path: string;
  readonly run: WatchedRun;
  gradients?: WatchedValues;
  arriving?: Sequence;
}

class Recording {
  readonly #parts: ReadonlyMap<string, Recurrent>;
  readonly #withGradients: boolean;
  readonly #told: Told[] = [];

  constructor(parts: ReadonlyMap<string, Recurrent>, withGradients: boolean) {
    this.#parts = parts;
    this.#withGradients = withGradients;
  }

  /** Runs a model under watch, and puts back what it carries. */
  during<T>(run: () => T): T {
    const carried = [...this.#parts.values()].map((part) => [part, part.state] as const);
    const ends = [...this.#parts].map(([path, part]) => this.#watch(path, part));
    try {
      return run();
    } finally {
      for (const end of ends) end();
      for (const [part, state] of carried) part.state = state;
    }
  }

  layers(): TracedLayer[] {
    const counts = new Map<string, number>();
    return this.#told.map(({ path, run, gradients, arriving }) => {
      const count = (counts.get(path) ?? 0) + 1;
      counts.set(path, count);
      const name = count === 1 ? path : `${path} #${count}`;
      return new TracedLayer(name, run, gradients && { values: gradients, output: arriving });
    });
  }

  #watch(part: string, recurrent: Recurrent): () => void {
    return recurrent.watch({
      values: watchedNames,
      onRun: (run) => {
        const told: Told = { path: pathOf(part, run), run };
        this.#told.push(told);
        if (!this.#withGradients || !run.output.rows.requiresGrad) return;
        run.output.rows.registerHook((gradient) => {
          told.arriving = run.output.withRows(gradient);
          return undefined;
        });
      },
      ...(this.#withGradients ? { onGradients: (found, run) => this.#keep(found, run) } : {}),
    });
  }

  #keep(gradients: WatchedValues, run: WatchedRun): void {
    const told = this.#told.find((one) => one.run === run);
    if (told) told.gradients = gradients;
  }
}

function pathOf(part: string, { layer, direction }: WatchedRun): string {
  const path = part === '' ? String(layer) : `${part}.${layer}`;
  return direction === 'backward' ? `${path}.backward` : path;
}
