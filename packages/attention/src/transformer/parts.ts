import { Dropout, LayerNorm, Module, RMSNorm } from '@unroll/nn';
import { add, type Sequence } from '@unroll/tensor';
import { extended, fromState, type KeyValueState, type KeyValues } from '../multi-head/cache.ts';
import { MultiHeadAttention } from '../multi-head/multi-head-attention.ts';
import { FeedForward } from './feed-forward.ts';
import type { TransformerLayerOptions } from './options.ts';

type Norm = LayerNorm | RMSNorm;

/** What encoder and decoder layers have in common: their parts, and how a part is put into the stream of rows. */
export abstract class TransformerLayer extends Module {
  readonly normFirst: boolean;
  readonly selfAttention: MultiHeadAttention;
  readonly selfNorm: Norm;
  readonly feedForward: FeedForward;
  readonly feedForwardNorm: Norm;
  readonly dropout: Dropout;

  constructor(options: TransformerLayerOptions, causal: boolean) {
    super(options.name);
    const { size, feedForwardSize, activation, bias, dtype, dropout = 0 } = options;
    this.normFirst = options.normFirst ?? false;
    this.selfAttention = attentionOf(`${this.name}.selfAttention`, {
      ...options,
      causal,
    });
    this.feedForward = new FeedForward({
      ...{ size, hiddenSize: feedForwardSize, activation, bias, dtype, dropout },
      name: `${this.name}.feedForward`,
    });
    this.selfNorm = normOf(options);
    this.feedForwardNorm = normOf(options);
    this.dropout = new Dropout({ p: dropout, name: `${this.name}.dropout` });
  }

  /** What a part reads: the stream itself, or normalised where that comes first. */
  protected before(x: Sequence, norm: Norm): Sequence {
    return this.normFirst ? norm.forward(x) : x;
  }

  /** The stream with what a part gave added, normalised where that comes behind. */
  protected after(x: Sequence, part: Sequence, norm: Norm): Sequence {
    const sum = x.withRows(add(x.rows, this.dropout.forward(part).rows));
    return this.normFirst ? sum : norm.forward(sum);
  }

  /** The last part of every layer. */
  protected feed(x: Sequence): Sequence {
    const { feedForward, feedForwardNorm: norm } = this;
    return this.after(x, feedForward.forward(this.before(x, norm)), norm);
  }
}

/** Self-attention that goes on from a state: what x sees, and all keys and values with its own. */
export function lookBack(
  attention: MultiHeadAttention,
  x: Sequence,
  state: KeyValueState | undefined,
): { seen: Sequence; keys: KeyValues } {
  const own = attention.keysOf(x);
  const keys = state ? extended(state, own) : own;
  return { seen: attention.look(x, keys), keys };
}

/** Keys and values of a memory: those of the state, or new ones. */
export function keysOfMemory(
  attention: MultiHeadAttention,
  memory: Sequence | undefined,
  state: KeyValueState | undefined,
): KeyValues | undefined {
  if (state) return fromState(state);
  return memory && attention.keysOf(memory);
}

export function attentionOf(name: string, options: TransformerLayerOptions): MultiHeadAttention {
  const { size, numHeads, numKvHeads, causal, window, rotary, bias, dtype } = options;
  return new MultiHeadAttention({
    ...{ size, numHeads, numKvHeads, causal, window, rotary, bias, dtype, name },
    dropout: options.attentionDropout,
  });
}

export function normOf({ size, norm = 'layer', dtype, bias }: TransformerLayerOptions): Norm {
  return norm === 'rms' ? new RMSNorm({ size, dtype }) : new LayerNorm({ size, bias, dtype });
}
