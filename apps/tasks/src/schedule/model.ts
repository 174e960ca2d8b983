import { type CellName, Recurrent } from '@unroll/cells';
import { Linear, Module } from '@unroll/nn';
import type { Sequence } from '@unroll/tensor';
import { exercises, inputSize } from './days.ts';

/** Says, after each day, which exercise is due next. */
export class NextExercise extends Module {
  readonly recurrent: Recurrent;
  readonly head: Linear;

  constructor({ cell, hiddenSize }: { cell: CellName; hiddenSize: number }) {
    super();
    this.recurrent = new Recurrent({ cell, inputSize, hiddenSize });
    this.head = new Linear({ inputSize: this.recurrent.outputSize, outputSize: exercises.length });
  }

  /** Rows of days, `[inputSize]` each, to scores of the exercises. */
  override forward(days: Sequence): Sequence {
    return this.head.forward(this.recurrent.forward(days).output);
  }
}
