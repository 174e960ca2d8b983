import type { Recurrent } from '@unroll/cells';

/** The final states of a layer's directions, each by name: `[batch, hiddenSize]`. */
export type FinalStates = readonly Readonly<Record<string, string>>[];

/** One layer as it is written: its input `[time, batch, features]`, and the initial states of its directions, where given. */
export interface LayerCall {
  readonly layer: Recurrent;
  readonly input: string;
  readonly inputSize: number;
  /** Of each direction, by the prefix of its weights: `0.`, `0.backward.`. */
  readonly prefixes: readonly string[];
  readonly initial: FinalStates | undefined;
}

/** What a layer gives: `[time, batch, features]`. */
export interface LayerOutput {
  readonly output: string;
  readonly states: FinalStates;
}
