import { detachState, type StateTree, type StepMemory, type Tensor } from '@unroll/tensor';
import type { Window } from './feed.ts';
import { forward, startOf } from './forward.ts';
import { clipGradients, parametersOf } from './gradients.ts';
import type { Parts } from './options.ts';

/** What one window has taught, before the update. */
export interface Learnt {
  readonly loss: Tensor;
  /** Of all gradients together, before clipping. */
  readonly norm: Tensor;
  /** What the next window may start with, without its graph. */
  readonly state: StateTree | undefined;
}

/** Output, loss, gradients and clipping for one window, in the memory of its step; nothing is read. */
export function learn(
  parts: Parts,
  window: Window,
  carried: StateTree | undefined,
  memory: StepMemory,
): Learnt {
  const { model, loss: lossOf, optimizer, clip } = parts;
  return memory.run(() => {
    optimizer.zeroGrad();
    const { loss, state: next } = forward(model, lossOf, window, startOf(window, carried));
    // What goes on must outlive the backward pass.
    const state = memory.carry(next && detachState(next));
    loss.backward();
    return { loss, state, norm: clipGradients(parametersOf(optimizer), clip) };
  });
}
