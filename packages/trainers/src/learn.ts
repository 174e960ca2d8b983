import type { StateTree, Tensor } from '@unroll/tensor';
import type { Window } from './feed.ts';
import { forward, startOf } from './forward.ts';
import { clipGradients, parametersOf } from './gradients.ts';
import type { Parts } from './options.ts';

/** What one window has taught, before the update. */
export interface Learnt {
  readonly loss: Tensor;
  /** Of all gradients together, before clipping. */
  readonly norm: Tensor;
  readonly state: StateTree | undefined;
}

/** Output, loss, gradients and clipping for one window; nothing is read. */
export function learn(parts: Parts, window: Window, carried: StateTree | undefined): Learnt {
  const { model, loss: lossOf, optimizer, clip } = parts;
  optimizer.zeroGrad();
  const { loss, state } = forward(model, lossOf, window, startOf(window, carried));
  loss.backward();
  return { loss, state, norm: clipGradients(parametersOf(optimizer), clip) };
}
