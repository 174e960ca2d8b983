import { type DType, OptionError } from '@unroll/backend';
import type { Initializers } from '../cell/start.ts';
import { needChoice } from '../choice.ts';
import { type Connection, connections, type MergeMode, mergeModes } from './layer.ts';

export interface RecurrentLayerOptions {
  /** Features of an input row. */
  inputSize: number;
  /** Units of each layer and direction. */
  hiddenSize: number;
  /** Layers on top of each other; default 1. */
  numLayers?: number;
  /** A second cell from the end to the beginning beside each; default false. */
  bidirectional?: boolean;
  /**
   * How the outputs of both directions become one; default `'concat'`, side by side. With `'none'`, of one layer only, the
   * result has that of the other direction as `backward`.
   */
  mergeMode?: MergeMode;
  /**
   * What goes around each layer but the first: `'residual'` adds its input to its output, `'highway'` mixes both by a
   * learned gate `t = σ(x·W + b)`, weights `1.highway.W` and `1.highway.b`. Default: nothing.
   */
  connection?: Connection;
  /** Share of outputs dropped between layers while training; default 0. */
  dropout?: number;
  /** Whether affine maps have a bias; default true. */
  bias?: boolean;
  /** Whether states that are not given start at weights, `0.h0` `[hiddenSize]`, zero at first; default false: at zero. */
  learnInitialState?: boolean;
  /**
   * Whether a batch starts at the final state of the batch before, without its gradient, until `resetState()`; default
   * false. Row i of the one batch goes on where row i of the other stopped.
   */
  stateful?: boolean;
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
  mergeMode: true,
  connection: true,
  dropout: true,
  bias: true,
  learnInitialState: true,
  stateful: true,
  init: true,
  dtype: true,
  name: true,
};

/** Refuses sizes that are no whole numbers above 0, and options that contradict each other. */
export function checkOptions(operation: string, options: RecurrentLayerOptions): void {
  const { inputSize, hiddenSize, numLayers = 1, bidirectional = false } = options;
  const { mergeMode, connection, stateful } = options;
  for (const [name, n] of Object.entries({ inputSize, hiddenSize, numLayers })) {
    if (Number.isInteger(n) && n > 0) continue;
    refuse(operation, `${name} must be a whole number above 0; got ${n}`, { [name]: n });
  }
  if (mergeMode !== undefined) needChoice(operation, 'mergeMode', mergeMode, mergeModes);
  if (connection !== undefined) needChoice(operation, 'connection', connection, connections);
  if (mergeMode && !bidirectional) {
    refuse(operation, `mergeMode '${mergeMode}' needs bidirectional: true`);
  }
  if (mergeMode === 'none' && numLayers > 1) {
    refuse(
      operation,
      `mergeMode 'none' needs numLayers 1, because a next layer takes one input; got ${numLayers}`,
    );
  }
  if (stateful && bidirectional) {
    refuse(
      operation,
      'stateful needs one direction: the other one ends where the batch begins, so its final state starts nothing',
    );
  }
}

function refuse(operation: string, words: string, details?: Record<string, unknown>): never {
  throw new OptionError(operation, words, details);
}
