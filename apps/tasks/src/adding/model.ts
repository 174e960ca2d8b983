import { ManyToMany, Recurrent, type RecurrentState } from '@unroll/cells';
import { type Initializer, init, Module, OneHot } from '@unroll/nn';
import type { Tensor } from '@unroll/tensor';
import type { Problem } from './problem.ts';
import type { Trial } from './trial.ts';

/** One recurrent layer and a linear head: an answer at every step, of which the loss reads one. */
export class LongRange extends Module {
  readonly encode: OneHot | undefined;
  readonly recurrent: Recurrent;
  readonly head: ManyToMany;

  constructor({ inputs, ids, outputs }: Problem, trial: Trial) {
    super();
    const { cell, hiddenSize, bidirectional = false, start } = trial;
    this.encode = ids ? new OneHot({ numIds: inputs }) : undefined;
    this.recurrent = new Recurrent({
      ...{ cell, inputSize: inputs, hiddenSize, bidirectional },
      ...(start ? { init: { U: starts[start] } } : {}),
    });
    this.head = new ManyToMany({ inputSize: this.recurrent.outputSize, outputSize: outputs });
  }

  /** What the recurrent layer reads: `[batch, steps, features]`. */
  rows(input: Tensor): Tensor {
    return this.encode ? this.encode.forward(input) : input;
  }

  /** `[batch, steps, inputs]`, or int32 `[batch, steps]` of words, to `[batch, steps, outputs]`. */
  override forward(
    input: Tensor,
    state?: RecurrentState,
  ): { readonly output: Tensor; readonly state: RecurrentState } {
    const result = this.recurrent.forward(this.rows(input), state);
    return { output: this.head.forward(result.output), state: result.state };
  }
}

const starts: Readonly<Record<NonNullable<Trial['start']>, Initializer>> = {
  /** Le, Jaitly & Hinton (2015): at first every state is kept as it is. */
  identity: init.scaledIdentity(),
  /** Saxe, McClelland & Ganguli (2013): at first every state keeps its length. */
  orthogonal: init.orthogonal(),
};
