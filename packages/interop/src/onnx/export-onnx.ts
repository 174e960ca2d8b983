import { OptionError, refuseUnknownOptions } from '@unroll/backend';
import { Recurrent } from '@unroll/cells';
import { MLP, Module, Sequential } from '@unroll/nn';
import type { Tensor } from '@unroll/tensor';
import { type Context, hostWeights, refuse } from './context.ts';
import { writeFunction } from './function.ts';
import { encodeModel, Graph } from './graph.ts';
import { writerOf } from './layers.ts';
import { wholeFunctions } from './whole.ts';

/** What stands in a stack: a module, or a function of rows such as `tanh` or `softmax`. */
export type OnnxPart = Module | ((x: Tensor) => Tensor);

export interface ExportOnnxOptions {
  /** Whether the graph has a second input `lengths`, int32 `[batch]`, beside padded rows; default false: all are full. */
  lengths?: boolean;
  /**
   * Whether initial states are inputs `initial.<module>.<layer>[.backward].h` and final ones outputs `final.…`, each `[batch,
   * hiddenSize]`: what one needs to go on where a call stopped. Default false: they start at 0.
   */
  states?: boolean;
  /** The names of the axes before the features: `['batch', 'time']` for sequences. Default: batch and time where there is a recurrent layer, else batch. */
  axes?: readonly string[];
}

const known: Record<keyof ExportOnnxOptions, true> = { lengths: true, states: true, axes: true };

/**
 * The bytes of an ONNX model (opset 17, float32) that computes what a stack of parts does in use: RNN, LSTM and GRU as ONNX's
 * operators, any other cell as a Scan made of its equations, Linear, Embedding, LayerNorm, RMSNorm, Conv1d, Conv2d, the four
 * poolings, BatchNorm1d and BatchNorm2d with their running statistics, MLP, Sequential, `flatten`, `globalMaxPool`,
 * `globalAvgPool`, and functions of rows. Dropout is left out.
 *
 * The graph's input is `input`: int32 ids `[batch, time]` for an Embedding, float32 `[batch, channels, length]` or `[batch,
 * channels, height, width]` where a convolution or pooling comes first, `[batch, time, features]` else; its output is `output`.
 * All sizes but those of features and channels are free. Where there are the axes batch and time, Conv1d and pooling read
 * each sequence along its steps, as they do a `Sequence`, and `lengths` are respected.
 *
 * @param model a module out of that list, or parts in the order in which data goes through them
 * @throws UnsupportedError, naming it, for a module, a cell or a function that has no graph, for parts that do not fit
 *   together and for weights that are not float32
 * @example
 * const rnn = new LSTM({ inputSize: 3, hiddenSize: 5 });
 * const head = new Linear({ inputSize: 5, outputSize: 2 });
 * const bytes = await exportOnnx([rnn, head, softmax], { lengths: true });
 */
export async function exportOnnx(
  model: OnnxPart | readonly OnnxPart[],
  options: ExportOnnxOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  refuseUnknownOptions('exportOnnx', options, known);
  const parts = [model].flat().flatMap(inOrder);
  const context = start(parts, options);
  for (const part of parts) {
    if (part instanceof Module) {
      writerOf(part).write(context, part as never, await hostWeights(part));
    } else {
      writeFunction(context, part);
    }
  }
  const { graph, value, axes, size, grid } = context;
  if (size === undefined) refuse('a stack of nothing but ids has no graph');
  const features = size === 'free' ? 'features' : size;
  graph.output('output', value, 'float32', [...axes, features, ...grid]);
  return encodeModel(graph);
}

function inOrder(part: OnnxPart): OnnxPart[] {
  if (part instanceof MLP)
    return part.layers.flatMap((layer, i) => (i === 0 ? [layer] : [part.activation, layer]));
  return part instanceof Sequential ? part.parts.flatMap((inner) => inOrder(inner)) : [part];
}

function start(parts: readonly OnnxPart[], options: ExportOnnxOptions): Context {
  const hasTime = parts.some((part) => part instanceof Recurrent);
  const {
    axes = hasTime ? ['batch', 'time'] : ['batch'],
    lengths = false,
    states = false,
  } = options;
  if (axes.length === 0 || new Set(axes).size < axes.length) {
    throw new OptionError('exportOnnx', `axes must be names that differ; got ${axes.join(', ')}`);
  }
  const graph = new Graph('unroll');
  const size = inputSizeOf(parts);
  const grid = axes.length === 1 ? gridOf(parts) : [];
  const input =
    size === undefined
      ? graph.input('input', 'int32', axes)
      : graph.input('input', 'float32', [...axes, size, ...grid]);
  return {
    graph,
    value: input,
    size,
    axes,
    grid,
    lengths: lengths ? graph.input('lengths', 'int32', ['batch']) : undefined,
    states,
    recurrent: 0,
  };
}

/** What the first part that decides it takes. */
function inputSizeOf(parts: readonly OnnxPart[]): number | undefined {
  for (const part of parts) {
    if (!(part instanceof Module)) break;
    const size = writerOf(part).inputSize(part);
    if (size !== 'any') return size;
  }
  return refuse('the first part must be a module that says how many features it takes');
}

const gridAxes = [[], ['length'], ['height', 'width']] as const;

/** The grids that the first part which works on one layout only takes. */
function gridOf(parts: readonly OnnxPart[]): readonly string[] {
  for (const part of parts) {
    if (!(part instanceof Module)) {
      if (wholeFunctions.has(part)) break;
      continue;
    }
    const { grid = 0 } = writerOf(part);
    if (grid !== 'any') return gridAxes[grid];
  }
  return [];
}
