import { ShapeError, UnsupportedError } from '@unroll/backend';
import type { Module } from '@unroll/nn';
import { noGrad, replaceHeld, reshape, type StateTree, type Tensor } from '@unroll/tensor';
import { Recurrent } from './recurrent.ts';

/** A sequence model: from inputs and a state to outputs and the next state. */
export interface SequenceModel extends Module {
  forward(input: Tensor, state?: never): { output: Tensor; state: unknown };
}

/** A model that is fed one step at a time. */
export interface Stream {
  /** `[batch, …features]` (or ids `[batch]`) to the output of this step, `[batch, …]`. Keeps nothing for a backward pass. */
  step(x: Tensor): Tensor;
  /**
   * The state after the last step; undefined before the first. Setting it goes on from there. On a GPU one that is come back to
   * after further steps must be marked with `keep()`.
   */
  state: StateTree | undefined;
  /** Starts anew. */
  reset(): void;
}

/**
 * Feeds a sequence model one step at a time, with its state carried: for typing, audio, sensors. The outputs are those of
 * a whole-sequence run, to float32 rounding. While it steps the model is in evaluation mode.
 *
 * @throws UnsupportedError for a bidirectional model: it needs the end before the beginning
 * @example
 * const live = stream(new GRU({ inputSize: 3, hiddenSize: 5 }));
 * const h = live.step(zeros([1, 3])); // [1, 5]
 */
export function stream(model: SequenceModel): Stream {
  const parts = [...model.namedModules()];
  for (const [name, part] of parts) {
    if (part instanceof Recurrent && part.bidirectional) {
      throw new UnsupportedError(
        'stream',
        `${name || part.name} is bidirectional: it needs the whole sequence. Run forward() on it, or build it with bidirectional: false.`,
      );
    }
  }
  let last: StateTree | undefined;
  return {
    state: undefined,
    step(x) {
      const [batch] = x.shape;
      const features = x.shape.slice(1);
      if (batch === undefined)
        throw new ShapeError('stream', 'needs [batch, …features]; got a scalar');
      const putBack = inUse(parts.map(([, part]) => part));
      try {
        const output = noGrad(() => {
          const result = model.forward(reshape(x, [batch, 1, ...features]), this.state as never);
          this.state = result.state as StateTree;
          replaceHeld(last, this.state);
          last = this.state;
          return result.output;
        });
        return reshape(output, [batch, ...output.shape.slice(2)]);
      } finally {
        putBack();
      }
    },
    reset() {
      this.state = undefined;
    },
  };
}

/**
 * Sets parts to use, and what stateful layers carry aside, since a stream has a state of its own. Gives what puts all
 * back.
 */
function inUse(parts: readonly Module[]): () => void {
  const training = parts.filter((part) => part.training);
  const stateful = parts.filter(
    (part) => part instanceof Recurrent && part.stateful,
  ) as Recurrent[];
  const carried = stateful.map(({ state }) => state);
  for (const part of training) part.training = false;
  for (const part of stateful) part.state = undefined;
  return () => {
    for (const part of training) part.training = true;
    for (const [i, part] of stateful.entries()) part.state = carried[i];
  };
}
