import { type DType, OptionError, refuseUnknownOptions } from '@unroll/backend';
import type { FeedForwardActivation } from './feed-forward.ts';

/** What a Transformer layer is made of; names are PyTorch's where it has one. */
export interface TransformerLayerOptions {
  /** Features of a row; `d_model` in PyTorch. */
  size: number;
  /** Heads, which divide size. */
  numHeads: number;
  /** Heads of keys and values, which divide numHeads; default numHeads. */
  numKvHeads?: number;
  /** Features inside the feed-forward net; default 4·size. */
  feedForwardSize?: number;
  /** Of the feed-forward net; default relu. */
  activation?: FeedForwardActivation;
  /** Whether rows are normalised before each part, and not behind it; default false, as in the paper and in PyTorch. */
  normFirst?: boolean;
  /** What normalises: LayerNorm, or RMSNorm as in Llama; default layer. */
  norm?: 'layer' | 'rms';
  /** Share dropped behind each part and inside the feed-forward net while training; default 0. */
  dropout?: number;
  /**
   * Share of the attention weights that is dropped while training; default 0, other than in PyTorch, where it is
   * `dropout`: with it the whole matrix of weights is made.
   */
  attentionDropout?: number;
  /** Whether a step sees only itself and those before it; default false in an encoder. A decoder always does. */
  causal?: boolean;
  /** Only steps fewer than so many away are seen; default Infinity. */
  window?: number;
  /** Whether queries and keys are turned by where they stand; default false. */
  rotary?: boolean | { base?: number };
  /** Whether b is added in all affine maps; default true. */
  bias?: boolean;
  /** Default float32. */
  dtype?: DType;
  /** Beginning of the names of its parts' random streams; default: its class with a number. */
  name?: string;
}

export const layerOptions: Record<keyof TransformerLayerOptions, true> = {
  size: true,
  numHeads: true,
  numKvHeads: true,
  feedForwardSize: true,
  activation: true,
  normFirst: true,
  norm: true,
  dropout: true,
  attentionDropout: true,
  causal: true,
  window: true,
  rotary: true,
  bias: true,
  dtype: true,
  name: true,
};

/** Options of several layers on top of each other. */
export interface TransformerOptions extends TransformerLayerOptions {
  /** Layers on top of each other. */
  numLayers: number;
}

/** Refuses options that do not exist, and numbers of layers that are none. */
export function checkStack(
  operation: string,
  options: TransformerOptions,
  own: Readonly<Record<string, true>> = {},
): void {
  refuseUnknownOptions(operation, options, { numLayers: true, ...layerOptions, ...own });
  const { numLayers } = options;
  if (Number.isInteger(numLayers) && numLayers > 0) return;
  throw new OptionError(operation, `numLayers must be a whole number above 0; got ${numLayers}`, {
    numLayers,
  });
}
