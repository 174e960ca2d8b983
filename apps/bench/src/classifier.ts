import { LSTM } from '@unroll/cells';
import { Linear, Module } from '@unroll/nn';
import type { Tensor } from '@unroll/tensor';

/** An LSTM and a head at every step: rows of features in, a score for each class out. */
export class Classifier extends Module {
  readonly lstm: LSTM;
  readonly head: Linear;

  constructor(sizes: { inputSize: number; hiddenSize: number; classes: number }) {
    super();
    const { inputSize, hiddenSize, classes } = sizes;
    this.lstm = new LSTM({ inputSize, hiddenSize });
    this.head = new Linear({ inputSize: hiddenSize, outputSize: classes });
  }

  override forward(x: Tensor): Tensor {
    return this.head.forward(this.lstm.forward(x).output);
  }
}
