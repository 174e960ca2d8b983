import { refuseUnknownOptions, UnsupportedError } from '@unroll/backend';
import type { Sequence } from '@unroll/tensor';
import { type KeyValueState, toState } from '../multi-head/cache.ts';
import { layerOptions, type TransformerLayerOptions } from './options.ts';
import { lookBack, TransformerLayer } from './parts.ts';

/** Output rows, and what a causal layer needs to go on. */
export interface TransformerLayerResult<State> {
  readonly output: Sequence;
  /** Made when it is read. @throws UnsupportedError of a layer that sees what comes after a step */
  readonly state: State;
}

/**
 * One layer of a Transformer's encoder (Vaswani et al. 2017, section 3.1), causal also of a decoder-only model: attention
 * of a sequence to itself and a feed-forward net, each with a way around it,
 *
 *     y = norm(x + attention(x))              y = x + attention(norm(x))        normFirst
 *     z = norm(y + feedForward(y))            z = y + feedForward(norm(y))
 *
 * Weights: `selfAttention`, `selfNorm`, `feedForward`, `feedForwardNorm`.
 *
 * @throws OptionError for options that do not exist or go together; ShapeError for rows of another size
 * @example
 * const layer = new TransformerEncoderLayer({ size: 16, numHeads: 4, normFirst: true, activation: 'gelu' });
 * const { output } = layer.forward(Sequence.fromBatch(zeros([2, 10, 16]), [10, 7]));
 */
export class TransformerEncoderLayer extends TransformerLayer {
  static readonly className: string = 'TransformerEncoderLayer';

  constructor(options: TransformerLayerOptions) {
    refuseUnknownOptions('TransformerEncoderLayer', options, layerOptions);
    super(options, options.causal ?? false);
  }

  /** @param given the state after the steps before x, of a causal layer */
  override forward(x: Sequence, given?: KeyValueState): TransformerLayerResult<KeyValueState> {
    const { selfAttention, selfNorm } = this;
    if (given) this.#needCausal();
    const { seen, keys } = lookBack(selfAttention, this.before(x, selfNorm), given);
    const needCausal = () => this.#needCausal();
    return {
      output: this.feed(this.after(x, seen, selfNorm)),
      get state() {
        needCausal();
        return toState(keys, selfAttention.window);
      },
    };
  }

  #needCausal(): void {
    if (this.selfAttention.causal) return;
    throw new UnsupportedError(
      'TransformerEncoderLayer',
      'sees what comes after a step, so it cannot go on step by step. Build it with causal: true.',
    );
  }
}
