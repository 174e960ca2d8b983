import type { DType } from '@unroll/backend';
import { GRU, LSTM, type Recurrent, type RecurrentLayerOptions, RNN } from '@unroll/cells';
import { Embedding, LayerNorm, Linear, Module } from '@unroll/nn';
import type { Tensor } from '@unroll/tensor';

/** The models that `scripts/fixtures` builds in Python, here. */
const recurrentKinds: Readonly<
  Record<string, (options: RecurrentLayerOptions & { dtype?: DType }) => Recurrent>
> = {
  'rnn-tanh': (options) => new RNN(options),
  'rnn-relu': (options) => new RNN({ ...options, nonlinearity: 'relu' }),
  lstm: (options) => new LSTM(options),
  'lstm-projection': (options) => new LSTM({ ...options, projSize: 2 }),
  gru: (options) => new GRU(options),
};

export interface TaggerOptions {
  readonly kind: string;
  readonly layers: number;
  readonly bidirectional: boolean;
  readonly bias?: boolean;
  readonly dtype?: DType;
}

export class Tagger extends Module {
  readonly embedding: Embedding;
  readonly rnn: Recurrent;
  readonly norm: LayerNorm;
  readonly head: Linear;

  constructor({ kind, layers, bidirectional, bias = true, dtype }: TaggerOptions) {
    super();
    this.embedding = new Embedding({ numEmbeddings: 7, embeddingSize: 4, dtype });
    const sizes = { inputSize: 4, hiddenSize: 3, numLayers: layers };
    this.rnn = recurrentKinds[kind]({ ...sizes, bidirectional, bias, dtype });
    const inputSize = this.rnn.outputSize;
    this.norm = new LayerNorm({ size: inputSize, dtype });
    this.head = new Linear({ inputSize, outputSize: 5, bias, dtype });
  }

  override forward(ids: Tensor): Tensor {
    return this.head.forward(
      this.norm.forward(this.rnn.forward(this.embedding.forward(ids)).output),
    );
  }
}
