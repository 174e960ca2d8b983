import { OptionError, refuseUnknownOptions } from '@unroll/backend';
import type { LayerNorm, RMSNorm } from '@unroll/nn';
import type { Sequence } from '@unroll/tensor';
import { type KeyValueState, toState } from '../multi-head/cache.ts';
import type { MultiHeadAttention } from '../multi-head/multi-head-attention.ts';
import type { TransformerLayerResult } from './encoder-layer.ts';
import { layerOptions, type TransformerLayerOptions } from './options.ts';
import { attentionOf, keysOfMemory, lookBack, normOf, TransformerLayer } from './parts.ts';

/** What a decoder layer carries: keys and values of its own steps, and those of the memory. */
export type DecoderLayerState = {
  readonly self?: KeyValueState;
  readonly memory: KeyValueState;
};

/**
 * One layer of a Transformer's decoder (Vaswani et al. 2017, section 3.1): as in {@link TransformerEncoderLayer}, always
 * causal, with attention to a memory, the encoder's output, between self-attention and feed-forward net. Weights:
 * `selfAttention`, `selfNorm`, `memoryAttention`, `memoryNorm`, `feedForward`, `feedForwardNorm`.
 *
 * @throws OptionError for options that do not exist or go together; ShapeError for rows of another size
 * @example
 * const layer = new TransformerDecoderLayer({ size: 16, numHeads: 4 });
 * const memory = Sequence.fromBatch(zeros([2, 12, 16]), [12, 5]);
 * const { output, state } = layer.forward(Sequence.fromBatch(zeros([2, 3, 16])), memory);
 * const next = layer.forward(Sequence.fromBatch(zeros([2, 1, 16])), undefined, state);
 */
export class TransformerDecoderLayer extends TransformerLayer {
  static readonly className: string = 'TransformerDecoderLayer';

  readonly memoryAttention: MultiHeadAttention;
  readonly memoryNorm: LayerNorm | RMSNorm;

  constructor(options: TransformerLayerOptions) {
    refuseUnknownOptions('TransformerDecoderLayer', options, layerOptions);
    super(options, true);
    this.memoryAttention = attentionOf(`${this.name}.memoryAttention`, {
      ...options,
      causal: false,
      window: Infinity,
      rotary: false,
    });
    this.memoryNorm = normOf(options);
  }

  /**
   * @param memory what is decoded from; may be left out where a state is given
   * @param given the state after the steps before x
   */
  override forward(
    x: Sequence,
    memory: Sequence | undefined,
    given?: DecoderLayerState,
  ): TransformerLayerResult<DecoderLayerState> {
    const keys = keysOfMemory(this.memoryAttention, memory, given?.memory);
    if (keys === undefined) {
      throw new OptionError('TransformerDecoderLayer', 'needs a memory, or a state that has one');
    }
    const { selfAttention, selfNorm, memoryAttention, memoryNorm } = this;
    const own = lookBack(selfAttention, this.before(x, selfNorm), given?.self);
    const y = this.after(x, own.seen, selfNorm);
    const seen = memoryAttention.look(this.before(y, memoryNorm), keys);
    return {
      output: this.feed(this.after(y, seen, memoryNorm)),
      get state() {
        const self = toState(own.keys, selfAttention.window);
        return { self, memory: given?.memory ?? toState(keys) };
      },
    };
  }
}
