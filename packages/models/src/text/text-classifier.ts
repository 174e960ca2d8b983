import { OptionError, refuseUnknownOptions } from '@unroll/backend';
import type { CellName, Pool } from '@unroll/cells';
import { Dropout, Embedding, init, Module } from '@unroll/nn';
import { Sequence, type Tensor } from '@unroll/tensor';
import { AverageReader, ConvolutionReader, RecurrentReader, type TextReader } from './readers.ts';

export interface TextClassifierOptions {
  /** How many ids there are: the tokenizer's `vocabSize`. */
  vocabSize: number;
  /** How many classes; at least 2. */
  classes: number;
  /**
   * What reads the words: a recurrent layer with a many-to-one head, convolutions over 3, 4 and 5 words (Kim 2014), or a
   * feed-forward net on their average (Iyyer et al. 2015). Default `'recurrent'`.
   */
  reader?: 'recurrent' | 'convolution' | 'average';
  /** Features of a word; default 64. */
  embeddingSize?: number;
  /** Units of each direction, filters of each width, or hidden units; default 64. */
  hiddenSize?: number;
  /** Of the recurrent reader: its cell; default `'lstm'`. */
  cell?: CellName;
  /** Whether it also reads from the end; default true. */
  bidirectional?: boolean;
  /** Its layers on top of each other; default 1. */
  numLayers?: number;
  /** Which row speaks for the text; default `'mean-max'`. */
  pool?: Pool;
  /** Share dropped of the words' features, between layers and before the head, while training; default 0. */
  dropout?: number;
  /** How many words of a text count: its last ones, since a text concludes at its end. Default: all. */
  maxLength?: number;
  /** Beginning of the names of its parts' random streams; default: its class with a number. */
  name?: string;
}

/** The options as plain data, as they stand in a saved model. */
export type TextClassifierConfig = Readonly<
  Required<Omit<TextClassifierOptions, 'maxLength' | 'name'>>
> & { readonly maxLength?: number };

const known: Record<keyof TextClassifierOptions, true> = {
  vocabSize: true,
  classes: true,
  reader: true,
  embeddingSize: true,
  hiddenSize: true,
  cell: true,
  bidirectional: true,
  numLayers: true,
  pool: true,
  dropout: true,
  maxLength: true,
  name: true,
};

/** Rows of small numbers: those of words that are hardly ever seen hardly count. */
const start = init.normal({ std: 0.1 });

/**
 * Says which class a text is of: an embedding of its words, dropout, and a reader that scores the classes.
 *
 * `forward` takes ids, a `Sequence` of texts or int32 `[batch, words]`, and gives scores `[batch, classes]`. Saved with a
 * tokenizer and labels, `predict(texts)` of the loaded model takes texts. Weights are called `embedding.W`,
 * `reader.recurrent.0.W`, …, `reader.head.linear.W`.
 *
 * @throws OptionError for options that do not exist or are out of range
 * @example
 * const model = new TextClassifier({ vocabSize: 80, classes: 2, hiddenSize: 16 });
 * const texts = Sequence.fromArrays([[3, 1, 4], [1, 5]], { dtype: 'int32' });
 * const scores = model.forward(texts); // [2, 2]
 */
export class TextClassifier extends Module {
  static readonly className: string = 'TextClassifier';
  readonly config: TextClassifierConfig;
  readonly embedding: Embedding;
  readonly dropout: Dropout;
  readonly reader: TextReader;

  constructor(options: TextClassifierOptions) {
    super(options.name);
    refuseUnknownOptions('TextClassifier', options, known);
    const { maxLength, classes } = options;
    needWhole('classes', classes, 2);
    if (maxLength !== undefined) needWhole('maxLength', maxLength, 1);
    this.config = configOf(options);
    const { vocabSize, embeddingSize, dropout } = this.config;
    const part = (name: string) => `${this.name}.${name}`;
    this.embedding = new Embedding({
      ...{ numEmbeddings: vocabSize, embeddingSize, init: { W: start } },
      name: part('embedding'),
    });
    this.dropout = new Dropout({ p: dropout, name: part('dropout') });
    this.reader = readerOf(this.config, part('reader'));
  }

  override forward(ids: Sequence | Tensor): Tensor {
    const texts = ids instanceof Sequence ? ids : Sequence.fromBatch(ids);
    return this.reader.forward(this.dropout.forward(this.embedding.forward(texts)));
  }
}

function configOf(options: TextClassifierOptions): TextClassifierConfig {
  const { vocabSize, classes, reader = 'recurrent', embeddingSize = 64, hiddenSize = 64 } = options;
  const { cell = 'lstm', bidirectional = true, numLayers = 1, pool = 'mean-max' } = options;
  const { dropout = 0, maxLength } = options;
  return {
    ...{ vocabSize, classes, reader, embeddingSize, hiddenSize },
    ...{ cell, bidirectional, numLayers, pool, dropout },
    ...(maxLength === undefined ? {} : { maxLength }),
  };
}

function readerOf(config: TextClassifierConfig, name: string): TextReader {
  const { reader, embeddingSize: inputSize, hiddenSize, classes, dropout } = config;
  const sizes = { inputSize, hiddenSize, classes, dropout, name };
  if (reader === 'convolution') return new ConvolutionReader(sizes);
  if (reader === 'average') return new AverageReader(sizes);
  if (reader !== 'recurrent') {
    throw new OptionError(
      'TextClassifier',
      `reader must be one of recurrent, convolution, average; got ${String(reader)}`,
      { reader },
    );
  }
  const { cell, bidirectional, numLayers, pool } = config;
  return new RecurrentReader({ ...sizes, cell, bidirectional, numLayers, pool });
}

function needWhole(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new OptionError(
    'TextClassifier',
    `${name} must be a whole number of at least ${least}; got ${value}`,
    { [name]: value },
  );
}
