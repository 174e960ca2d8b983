import { type StateTree, selectRows } from '@unroll/tensor';
import type { Constraint } from './constraint.ts';
import type { DrawStream, Sampler } from './sampler.ts';
import type { SequenceModel } from './sequence-model.ts';
import { writeTexts } from './write-texts.ts';

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

/**
 * Generates ids one by one. The state is carried from step to step, so that the hundredth id costs what the first did; the
 * event loop gets its turn.
 *
 * @throws DataError for an empty prompt; OptionError for a length that is no whole number ≥ 0; while iterating the signal's
 * reason, NumericError when the scores hold NaN, or DataError where a constraint has nothing to go on with and cannot end
 * @example
 * // A toy that counts: the likeliest next id is always the last one plus 1.
 * const counter = { forward: (ids: Tensor) => ({ output: oneHot(add(ids, 1), 10), state: null }) };
 * for await (const id of generate(counter, { prompt: [3], length: 2, sampler: sampler({ temperature: 0 }) })) {
 *   console.log(id); // 4, then 5
 * }
 */
export function generate<State>(
  model: SequenceModel<State>,
  options: GenerateOptions<State>,
): AsyncGenerator<number, void, undefined> {
  const { prompt, ...others } = options;
  const select = (only: State) => only;
  return idsOfOne(writeTexts('generate', model, { ...others, prompts: [prompt], select }));
}

async function* idsOfOne(
  steps: AsyncGenerator<(number | undefined)[], void, undefined>,
): AsyncGenerator<number, void, undefined> {
  for await (const [id] of steps) yield id as number;
}

/** As for one text, with a prompt for each. */
export interface GenerateBatchOptions<State = StateTree>
  extends Omit<GenerateOptions<State>, 'prompt'> {
  /** Ids that the model reads first, for each text; at least one each, and they may differ in length. */
  prompts: readonly ArrayLike<number>[];
}

/**
 * Generates texts side by side, as {@link generate} does one: gives after each step of the model the new id of each text, in
 * the order of the prompts; undefined for a text that is over, or whose prompt is longer than others and still being read.
 * A text that is over is computed no further; the rest goes on without it (`selectRows`).
 *
 * `length` is that of each text without its prompt, `state` has a row for each. Draws are made text after text at each step.
 *
 * @throws as {@link generate}
 * @example
 * const texts: number[][] = [[3], [1, 2]];
 * for await (const ids of generateBatch(model, { prompts: [[3], [1, 2]], length: 20, end: 0 })) {
 *   for (const [i, id] of ids.entries()) if (id !== undefined) texts[i].push(id);
 * }
 */
export function generateBatch<State extends StateTree>(
  model: SequenceModel<State>,
  options: GenerateBatchOptions<State>,
): AsyncGenerator<(number | undefined)[], void, undefined> {
  return writeTexts('generateBatch', model, { ...options, select: selectRows<State> });
}
