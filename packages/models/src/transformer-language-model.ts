import {
  type FeedForwardActivation,
  TransformerEncoder,
  type TransformerState,
} from '@unroll/attention';
import { refuseUnknownOptions } from '@unroll/backend';
import { Dropout, Embedding, init, Linear, Module } from '@unroll/nn';
import { Sequence, type Tensor } from '@unroll/tensor';

export interface TransformerLanguageModelOptions {
  /** How many ids there are: the tokenizer's `vocabSize`. */
  vocabSize: number;
  /** Features of an id's row and of every layer; default 128. */
  size?: number;
  /** Layers on top of each other; default 4. */
  numLayers?: number;
  /** Heads of each, which divide size into even parts; default 4. */
  numHeads?: number;
  /** Heads of keys and values, which divide numHeads; default numHeads. */
  numKvHeads?: number;
  /** How many steps a position sees, its own counted; default 128. */
  context?: number;
  /** Of the feed-forward nets; default gelu. */
  activation?: FeedForwardActivation;
  /** Share dropped behind each part, while training; default 0. */
  dropout?: number;
  /** Whether the head's W is the embedding's (Press & Wolf 2017). Default false. */
  tied?: boolean;
  /** Beginning of the names of its parts' random streams; default: its class with a number. */
  name?: string;
}

/** The options as plain data, as they stand in a saved model. */
export type TransformerLanguageModelConfig = Readonly<
  Required<Omit<TransformerLanguageModelOptions, 'name'>>
>;

const known: Record<keyof TransformerLanguageModelOptions, true> = {
  vocabSize: true,
  size: true,
  numLayers: true,
  numHeads: true,
  numKvHeads: true,
  context: true,
  activation: true,
  dropout: true,
  tied: true,
  name: true,
};

/**
 * A decoder-only Transformer: embedding, causal layers with the normalisation before each part (Radford et al. 2019), rotary
 * positions (Su et al. 2021), and a linear head that scores the next id. Each position sees `context` steps, its own and
 * those before it, wherever a batch or a window of training begins: the state carries the keys and values of the last
 * `context − 1` steps, so that a text may be longer than any window, and a step of generation costs the same at any place.
 *
 * `forward` takes ids, int32 `[batch, time]` or a `Sequence`, and maybe the state of the steps before; it gives the scores
 * `[batch, time, vocabSize]` in the same kind and the state after the last step. Weights are called `embedding.W`,
 * `layers.0.selfAttention.q.W`, …, `layers.norm.g`, `head.W`, `head.b`.
 *
 * @throws OptionError for options that do not exist or go together
 * @example
 * const model = new TransformerLanguageModel({ vocabSize: 80, size: 32, numLayers: 2, context: 16 });
 * const ids = tensor([[3, 1, 4]], { dtype: 'int32' });
 * const { output, state } = model.forward(ids); // output [1, 3, 80]
 */
export class TransformerLanguageModel extends Module {
  static readonly className: string = 'TransformerLanguageModel';
  readonly config: TransformerLanguageModelConfig;
  readonly embedding: Embedding;
  readonly dropout: Dropout;
  readonly layers: TransformerEncoder;
  readonly head: Linear;

  constructor(options: TransformerLanguageModelOptions) {
    super(options.name);
    refuseUnknownOptions('TransformerLanguageModel', options, known);
    const { vocabSize, size = 128, numLayers = 4, numHeads = 4, context = 128 } = options;
    const { numKvHeads = numHeads, activation = 'gelu', dropout = 0, tied = false } = options;
    const part = (name: string) => `${this.name}.${name}`;
    this.embedding = new Embedding({
      numEmbeddings: vocabSize,
      embeddingSize: size,
      init: { W: init.normal({ std: 0.02 }) },
      name: part('embedding'),
    });
    this.dropout = new Dropout({ p: dropout, name: part('dropout') });
    this.layers = new TransformerEncoder({
      ...{ size, numLayers, numHeads, numKvHeads, activation, dropout, window: context },
      ...{ causal: true, rotary: true, normFirst: true, name: part('layers') },
    });
    this.head = new Linear({
      inputSize: size,
      outputSize: vocabSize,
      ...(tied ? { tied: this.embedding.W } : {}),
      name: part('head'),
    });
    this.config = {
      vocabSize,
      size,
      numLayers,
      numHeads,
      numKvHeads,
      context,
      activation,
      dropout,
      tied,
    };
  }

  override forward<X extends Tensor | Sequence>(
    ids: X,
    state?: TransformerState,
  ): { readonly output: X; readonly state: TransformerState } {
    const sequence = ids instanceof Sequence ? ids : Sequence.fromBatch(ids as Tensor);
    const rows = this.dropout.forward(this.embedding.forward(sequence));
    const result = this.layers.forward(rows, state);
    const scores = this.head.forward(result.output);
    return {
      output: (ids instanceof Sequence ? scores : scores.toBatch()) as X,
      get state() {
        return result.state;
      },
    };
  }
}
