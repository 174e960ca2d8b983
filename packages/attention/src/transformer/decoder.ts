import type { Sequence } from '@unroll/tensor';
import { type DecoderLayerState, TransformerDecoderLayer } from './decoder-layer.ts';
import type { TransformerLayerResult } from './encoder-layer.ts';
import type { TransformerOptions } from './options.ts';
import { TransformerStack } from './stack.ts';

/** One entry for each layer; the memory's keys and values are in it. */
export type DecoderState = readonly DecoderLayerState[];

/**
 * Layers of {@link TransformerDecoderLayer} over one memory, with a normalisation behind the last where they have it
 * first. Weights: `0.selfAttention.q.W`, `0.memoryAttention.q.W`, …, `norm.g`.
 *
 * @throws OptionError for options that do not exist or go together; ShapeError for rows of another size
 * @example
 * const decoder = new TransformerDecoder({ size: 16, numHeads: 4, numLayers: 2 });
 * const memory = Sequence.fromBatch(zeros([2, 12, 16]), [12, 5]);
 * const { output } = decoder.forward(Sequence.fromBatch(zeros([2, 3, 16])), memory);
 */
export class TransformerDecoder extends TransformerStack<TransformerDecoderLayer> {
  static readonly className: string = 'TransformerDecoder';

  constructor(options: TransformerOptions) {
    super('TransformerDecoder', options, TransformerDecoderLayer);
  }

  /**
   * @param memory what is decoded from; may be left out where a state is given
   * @param given the state after the steps before x
   */
  override forward(
    x: Sequence,
    memory: Sequence | undefined,
    given?: DecoderState,
  ): TransformerLayerResult<DecoderState> {
    return this.through(x, (layer, rows, i) => layer.forward(rows, memory, given?.[i]));
  }
}
