import { AttentionDecoder, type AttentionScore, type DecoderMemory } from '@unroll/attention';
import { refuseUnknownOptions } from '@unroll/backend';
import { type CellName, cellByName, Recurrent } from '@unroll/cells';
import { Dropout, Embedding, Linear, Module } from '@unroll/nn';
import { concat, Sequence, type Tensor, type Tensors, tanh } from '@unroll/tensor';

export interface EncoderDecoderOptions {
  /** How many ids the source has. */
  sourceVocabSize: number;
  /** How many ids the target has. */
  targetVocabSize: number;
  /** Features of an id's row, on both sides; default 32. */
  embeddingSize?: number;
  /** Units of the decoder and of each direction of the encoder; default 128. */
  hiddenSize?: number;
  /** The name of a cell, on both sides; default gru. */
  cell?: CellName;
  /** Whether the decoder looks at the encoder's outputs, and not at its last state alone; default true. */
  attention?: boolean;
  /** How it compares them with its state; default additive. */
  score?: AttentionScore;
  /** Share dropped of the encoder's output and before the head, while training; default 0. */
  dropout?: number;
  /** Beginning of the names of its parts' random streams; default: its class with a number. */
  name?: string;
}

/** The options as plain data, as they stand in a saved model. */
export type EncoderDecoderConfig = Readonly<Required<Omit<EncoderDecoderOptions, 'name'>>>;

/** What the decoder goes on from: its own states, and the memory where it looks at one. */
export type EncoderDecoderState = {
  readonly decoder: Tensors;
  readonly source?: DecoderMemory;
};

const known: Record<keyof EncoderDecoderOptions, true> = {
  sourceVocabSize: true,
  targetVocabSize: true,
  embeddingSize: true,
  hiddenSize: true,
  cell: true,
  attention: true,
  score: true,
  dropout: true,
  name: true,
};

/**
 * From one sequence to another: a bidirectional encoder reads the source; a decoder writes the target, starting from both
 * final states of the encoder through a bridge `h₀ = tanh([h→, h←]·W + b)` for each state of the cell (Bahdanau et al. 2015,
 * appendix A.2.2, which takes the backward one). With attention it looks at all of the encoder's outputs at every step;
 * without it has the final states alone (Cho et al. 2014).
 *
 * `encode` gives the state that `forward` starts with; `forward` is a sequence model over the target, whose state carries the
 * memory. Weights: `source.W`, `encoder.0.W`, …, `bridge.h.W`, `target.W`, `decoder.W`, …, `head.W`.
 *
 * @throws OptionError for options that do not exist or go together
 * @example
 * const model = new EncoderDecoder({ sourceVocabSize: 40, targetVocabSize: 12, hiddenSize: 16 });
 * const source = Sequence.fromArrays([[3, 1, 4, 1], [5, 9]], { dtype: 'int32' });
 * const target = Sequence.fromArrays([[0, 2, 7], [0, 1, 8]], { dtype: 'int32' });
 * const { output, attention } = model.forward(target, model.encode(source)); // [3, 12] scores each
 */
export class EncoderDecoder extends Module {
  static readonly className: string = 'EncoderDecoder';
  readonly config: EncoderDecoderConfig;
  readonly source: Embedding;
  readonly encoder: Recurrent;
  readonly bridge: Readonly<Record<string, Linear>>;
  readonly target: Embedding;
  readonly decoder: AttentionDecoder | Recurrent;
  readonly dropout: Dropout;
  readonly head: Linear;

  constructor(options: EncoderDecoderOptions) {
    super(options.name);
    refuseUnknownOptions('EncoderDecoder', options, known);
    const { sourceVocabSize, targetVocabSize, embeddingSize = 32, hiddenSize = 128 } = options;
    const { cell = 'gru', attention = true, score = 'additive', dropout = 0 } = options;
    const part = (name: string) => `${this.name}.${name}`;
    const embedding = (name: string, numEmbeddings: number) =>
      new Embedding({ numEmbeddings, embeddingSize, name: part(name) });
    const sizes = { cell, inputSize: embeddingSize, hiddenSize };
    this.source = embedding('source', sourceVocabSize);
    this.encoder = new Recurrent({ ...sizes, bidirectional: true, name: part('encoder') });
    this.bridge = Object.fromEntries(
      cellByName(cell).states.map((state) => [
        state,
        new Linear({
          ...{ inputSize: 2 * hiddenSize, outputSize: hiddenSize },
          name: part(`bridge.${state}`),
        }),
      ]),
    );
    this.target = embedding('target', targetVocabSize);
    const { outputSize: memorySize } = this.encoder;
    this.decoder = attention
      ? new AttentionDecoder({ ...sizes, memorySize, score, name: part('decoder') })
      : new Recurrent({ ...sizes, name: part('decoder') });
    this.dropout = new Dropout({ p: dropout, name: part('dropout') });
    this.head = new Linear({
      ...{ inputSize: hiddenSize, outputSize: targetVocabSize },
      name: part('head'),
    });
    this.config = {
      ...{ sourceVocabSize, targetVocabSize, embeddingSize, hiddenSize },
      ...{ cell, attention, score, dropout },
    };
  }

  /** Reads the source, int32 `[batch, time]` or a `Sequence` of ids: the state that decoding starts with. */
  encode(source: Tensor | Sequence): EncoderDecoderState {
    const ids = source instanceof Sequence ? source : Sequence.fromBatch(source);
    const { output, state } = this.encoder.forward(this.source.forward(ids));
    const { backward, ...ahead } = state[0];
    const decoder = Object.fromEntries(
      Object.entries(ahead).map(([name, h]) => {
        const both = concat([h as Tensor, (backward as Tensors)[name]], { axis: 1 });
        return [name, tanh(this.bridge[name].forward(both))];
      }),
    );
    if (!(this.decoder instanceof AttentionDecoder)) return { decoder };
    return { decoder, source: this.decoder.look(this.dropout.forward(output)) };
  }

  /**
   * Scores of what follows each id of the target, `[batch, time, targetVocabSize]` in the kind of the target.
   *
   * @param target ids, int32 `[batch, time]` or a `Sequence`: those that came before each step (teacher forcing, Williams &
   * Zipser 1989)
   */
  override forward<X extends Tensor | Sequence>(
    target: X,
    state: EncoderDecoderState,
  ): { readonly output: X; readonly state: EncoderDecoderState; readonly attention?: Sequence } {
    const ids = target instanceof Sequence ? target : Sequence.fromBatch(target as Tensor);
    const result = this.#decode(this.target.forward(ids), state);
    const scores = this.head.forward(this.dropout.forward(result.output));
    return {
      ...result,
      output: (target instanceof Sequence ? scores : scores.toBatch()) as X,
    };
  }

  #decode(rows: Sequence, { decoder, source }: EncoderDecoderState) {
    if (!(this.decoder instanceof AttentionDecoder)) {
      const { output, state } = this.decoder.forward(rows, [decoder]);
      return { output, state: { decoder: state[0] as Tensors } };
    }
    const memory = source as DecoderMemory;
    const { output, attention, state } = this.decoder.forward(rows, memory, decoder);
    return { output, attention, state: { decoder: state, source: memory } };
  }
}
