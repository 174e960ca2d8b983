import type { StateTree } from '@unroll/tensor';
import type { Constraint } from './constraint.ts';
import type { DrawStream, Sampler } from './sampler.ts';

/** How a text is generated. */
export interface GenerateOptions<State = unknown> {
  /** Ids that the model reads first; at least one. */
  prompt: ArrayLike<number>;
  /** How many ids to generate; default: no end. */
  length?: number;
  /** The id that ends the text; it is given too, as the last. Default: none. */
  end?: number;
  /**
   * Which ids may come, such as {@link oneOf} and {@link matching} make. Where it can end, `end` may come; where nothing else
   * can, the text ends without it. At `length` the text ends wherever it is. Default: all.
   */
  constraint?: Constraint;
  /** How an id is chosen; default `sampler()`: drawn with the model's own probabilities. */
  sampler?: Sampler;
  /** Where draws come from; default `randomStream('sampling')`. */
  stream?: DrawStream;
  /** The state before the prompt; default: the model's own start. */
  state?: State;
  /** Ends the loop at the next id; the iterator then throws the signal's reason. */
  signal?: AbortSignal;
}

/** As for one text, with a prompt for each. */
export interface GenerateBatchOptions<State = StateTree>
  extends Omit<GenerateOptions<State>, 'prompt'> {
  /** Ids that the model reads first, for each text; at least one each, and they may differ in length. */
  prompts: readonly ArrayLike<number>[];
}
