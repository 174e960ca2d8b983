import { OptionError } from '@unroll/backend';
import {
  type Cell,
  type CellConfig,
  type CellName,
  type Connection,
  cellConfig,
  cellFromConfig,
  Recurrent,
  type RecurrentState,
} from '@unroll/cells';
import { Dropout, Embedding, init, Linear, Module } from '@unroll/nn';
import type { Sequence, Tensor } from '@unroll/tensor';

export interface LanguageModelOptions {
  /** How many ids there are: the tokenizer's `vocabSize`. */
  vocabSize: number;
  /** Features of an id's row; default 64. */
  embeddingSize?: number;
  /** Units of each recurrent layer; default 128. */
  hiddenSize?: number;
  /** Recurrent layers on top of each other; default 1. */
  numLayers?: number;
  /** The name of a cell, one that `defineCell` or a wrapper made, or its configuration; default `'lstm'`. */
  cell?: CellName | Cell | CellConfig;
  /** What goes around each recurrent layer but the first: `'residual'` or `'highway'`. Default: nothing. */
  connection?: Connection;
  /** Share dropped between layers and before the head, while training; default 0. */
  dropout?: number;
  /**
   * Whether the head's W is the embedding's (Press & Wolf 2017): one matrix less to learn and to save. It needs equal
   * embeddingSize and hiddenSize. Default false.
   */
  tied?: boolean;
  /** Beginning of the names of its parts' random streams; default: its class with a number. */
  name?: string;
}

/** The options as plain data, as they stand in a saved model. */
export type LanguageModelConfig = Readonly<
  Required<Omit<LanguageModelOptions, 'cell' | 'connection' | 'name' | 'tied'>>
> & {
  readonly cell: CellConfig;
  /** Only where there is one. */
  readonly connection?: Connection;
  /** Only where it is. */
  readonly tied?: true;
};

const optionNames: readonly (keyof LanguageModelOptions)[] = [
  'vocabSize',
  'embeddingSize',
  'hiddenSize',
  'numLayers',
  'cell',
  'connection',
  'dropout',
  'tied',
  'name',
];

/**
 * A recurrent language model: embedding, recurrent layers, dropout, and a linear head that scores the next id.
 *
 * `forward` takes ids, int32 `[batch, time]` or a `Sequence`, and maybe the state of the steps before; it gives the scores
 * `[batch, time, vocabSize]` in the same kind and the state after the last step. Weights are called `embedding.W`,
 * `recurrent.0.W`, `recurrent.0.U`, `recurrent.0.b`, …, `head.W`, `head.b`; tied, there is no `head.W`.
 *
 * @throws OptionError for an option that does not exist or is out of range
 * @example
 * const model = new LanguageModel({ vocabSize: 80, hiddenSize: 32, cell: 'gru' });
 * const ids = tensor([[3, 1, 4]], { dtype: 'int32' });
 * const { output, state } = model.forward(ids); // output [1, 3, 80]
 */
export class LanguageModel extends Module {
  static readonly className: string = 'LanguageModel';
  readonly config: LanguageModelConfig;
  readonly embedding: Embedding;
  readonly dropout: Dropout;
  readonly recurrent: Recurrent;
  readonly head: Linear;

  constructor(options: LanguageModelOptions) {
    super(options.name);
    checkNames(options);
    const { vocabSize, embeddingSize = 64, hiddenSize = 128, numLayers = 1 } = options;
    const { dropout = 0, tied = false, connection } = options;
    const cell = cellOf(options.cell ?? 'lstm');
    if (tied) needEqual(embeddingSize, hiddenSize);
    const part = (name: string) => `${this.name}.${name}`;
    this.embedding = new Embedding({
      numEmbeddings: vocabSize,
      embeddingSize,
      // As a head it must start as one: rows of length √embeddingSize would make scores that are far too sure.
      ...(tied ? { init: { W: headStart(hiddenSize) } } : {}),
      name: part('embedding'),
    });
    this.dropout = new Dropout({ p: dropout, name: part('dropout') });
    this.recurrent = new Recurrent({
      cell,
      inputSize: embeddingSize,
      hiddenSize,
      numLayers,
      connection,
      dropout,
      name: part('recurrent'),
    });
    const { outputSize } = this.recurrent;
    this.head = new Linear({
      inputSize: outputSize,
      outputSize: vocabSize,
      ...(tied ? { tied: this.embedding.W } : {}),
      name: part('head'),
    });
    this.config = {
      vocabSize,
      embeddingSize,
      hiddenSize,
      numLayers,
      cell: cellConfig(cell),
      ...(connection ? { connection } : {}),
      dropout,
      ...(tied ? { tied } : {}),
    };
  }

  override forward<X extends Tensor | Sequence>(
    ids: X,
    state?: RecurrentState,
  ): { readonly output: X; readonly state: RecurrentState } {
    const result = this.recurrent.forward(this.embedding.forward(ids), state);
    return {
      output: this.head.forward(this.dropout.forward(result.output)),
      state: result.state,
    };
  }
}

/** As {@link Linear} starts. */
function headStart(inputSize: number) {
  const bound = 1 / Math.sqrt(inputSize);
  return init.uniform({ low: -bound, high: bound });
}

function needEqual(embeddingSize: number, hiddenSize: number): void {
  if (embeddingSize === hiddenSize) return;
  throw new OptionError(
    'LanguageModel',
    `tied weights need equal embeddingSize and hiddenSize; got ${embeddingSize} and ${hiddenSize}. Set one to the other, or leave out tied.`,
    { embeddingSize, hiddenSize },
  );
}

function cellOf(cell: Cell | CellConfig): Cell {
  return typeof cell === 'object' && 'states' in cell ? cell : cellFromConfig(cell);
}

function checkNames(options: LanguageModelOptions): void {
  const unknown = Object.keys(options).filter(
    (name) => !(optionNames as readonly string[]).includes(name),
  );
  if (unknown.length === 0) return;
  throw new OptionError(
    'LanguageModel',
    `there is no option ${unknown.map((name) => `'${name}'`).join(', ')}; there are ${optionNames.join(', ')}`,
    { unknown },
  );
}
