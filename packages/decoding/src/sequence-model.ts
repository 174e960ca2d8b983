import type { Tensor } from '@unroll/tensor';

/**
 * A model that reads ids `[batch, time]` and gives scores `[batch, time, classes]` with the state after the last step.
 * Where it has training and evaluation modes, it generates in evaluation mode.
 */
export interface SequenceModel<State = unknown> {
  forward(ids: Tensor, state?: State): { readonly output: Tensor; readonly state: State };
  readonly training?: boolean;
  train?(): unknown;
  eval?(): unknown;
  /** Its weights by name; with them `auto` can choose where it generates. */
  stateDict?(): Readonly<Record<string, Tensor>>;
}
