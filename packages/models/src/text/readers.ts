import { type CellName, ManyToOne, type Pool, Recurrent } from '@unroll/cells';
import { Conv1d, Dropout, globalAvgPool, globalMaxPool, Linear, Module } from '@unroll/nn';
import { concat, relu, type Sequence, type Tensor } from '@unroll/tensor';

/** What every reader is made from. */
export interface ReaderOptions {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly classes: number;
  readonly dropout: number;
  readonly name: string;
}

/** Reads texts, rows `[inputSize]` of words, and scores their classes. */
export abstract class TextReader extends Module {
  abstract override forward(words: Sequence): Tensor;
}

/** A recurrent layer in one or two directions, and a many-to-one head (the lectures' project one). */
export class RecurrentReader extends TextReader {
  static readonly className: string = 'RecurrentReader';
  readonly recurrent: Recurrent;
  readonly head: ManyToOne;

  constructor({
    inputSize,
    hiddenSize,
    classes,
    dropout,
    name,
    ...options
  }: ReaderOptions & {
    readonly cell: CellName;
    readonly bidirectional: boolean;
    readonly numLayers: number;
    readonly pool: Pool;
  }) {
    super(name);
    const { cell, bidirectional, numLayers, pool } = options;
    this.recurrent = new Recurrent({
      ...{ cell, inputSize, hiddenSize, bidirectional, numLayers, dropout },
      name: `${name}.recurrent`,
    });
    this.head = new ManyToOne({
      ...{ inputSize: this.recurrent.outputSize, outputSize: classes },
      ...{ pool, bidirectional, dropout, name: `${name}.head` },
    });
  }

  override forward(words: Sequence): Tensor {
    return this.head.forward(this.recurrent.forward(words).output);
  }
}

/** Convolutions over 3, 4 and 5 words, the maximum over time of each filter, and an affine map (Kim 2014). */
export class ConvolutionReader extends TextReader {
  static readonly className: string = 'ConvolutionReader';
  readonly convolutions: readonly Conv1d[];
  readonly dropout: Dropout;
  readonly head: Linear;

  constructor({ inputSize, hiddenSize, classes, dropout, name }: ReaderOptions) {
    super(name);
    this.convolutions = [3, 4, 5].map(
      (kernelSize) =>
        new Conv1d({
          ...{ inChannels: inputSize, outChannels: hiddenSize, kernelSize, padding: 'same' },
          name: `${name}.convolutions.${kernelSize}`,
        }),
    );
    this.dropout = new Dropout({ p: dropout, name: `${name}.dropout` });
    this.head = new Linear({
      ...{ inputSize: 3 * hiddenSize, outputSize: classes },
      name: `${name}.head`,
    });
  }

  override forward(words: Sequence): Tensor {
    const found = this.convolutions.map((each) => globalMaxPool(each.forward(words).map(relu)));
    return this.head.forward(this.dropout.forward(concat(found, { axis: 1 })));
  }
}

/** A feed-forward net on the mean of the words (Iyyer et al. 2015): it does not know their order. */
export class AverageReader extends TextReader {
  static readonly className: string = 'AverageReader';
  readonly hidden: Linear;
  readonly dropout: Dropout;
  readonly head: Linear;

  constructor({ inputSize, hiddenSize, classes, dropout, name }: ReaderOptions) {
    super(name);
    this.hidden = new Linear({ inputSize, outputSize: hiddenSize, name: `${name}.hidden` });
    this.dropout = new Dropout({ p: dropout, name: `${name}.dropout` });
    this.head = new Linear({
      ...{ inputSize: hiddenSize, outputSize: classes },
      name: `${name}.head`,
    });
  }

  override forward(words: Sequence): Tensor {
    const h = relu(this.hidden.forward(globalAvgPool(words)));
    return this.head.forward(this.dropout.forward(h));
  }
}
