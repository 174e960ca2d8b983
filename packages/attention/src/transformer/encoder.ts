import type { Sequence } from '@unroll/tensor';
import type { KeyValueState } from '../multi-head/cache.ts';
import { TransformerEncoderLayer, type TransformerLayerResult } from './encoder-layer.ts';
import type { TransformerOptions } from './options.ts';
import { TransformerStack } from './stack.ts';

/** One entry for each layer. */
export type TransformerState = readonly KeyValueState[];

/**
 * Layers of {@link TransformerEncoderLayer}, with a normalisation behind the last where they have it first. Causal layers
 * are a decoder-only model: `forward` takes the state that it gave, and goes on. Weights: `0.selfAttention.q.W`, …,
 * `norm.g`.
 *
 * @throws OptionError for options that do not exist or go together; ShapeError for rows of another size
 * @example
 * const encoder = new TransformerEncoder({ size: 16, numHeads: 4, numLayers: 2, causal: true, normFirst: true });
 * const { output, state } = encoder.forward(Sequence.fromBatch(zeros([1, 10, 16])));
 * const next = encoder.forward(Sequence.fromBatch(zeros([1, 1, 16])), state); // sees the ten steps before
 */
export class TransformerEncoder extends TransformerStack<TransformerEncoderLayer> {
  static readonly className: string = 'TransformerEncoder';

  constructor(options: TransformerOptions) {
    super('TransformerEncoder', options, TransformerEncoderLayer);
  }

  /** @param given the state after the steps before x, of causal layers */
  override forward(
    x: Sequence,
    given?: TransformerState,
  ): TransformerLayerResult<TransformerState> {
    return this.through(x, (layer, rows, i) => layer.forward(rows, given?.[i]));
  }
}
