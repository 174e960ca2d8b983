import { type StateTree, selectRows } from '@unroll/tensor';
import type { GenerateBatchOptions, GenerateOptions } from './generate-options.ts';
import type { SequenceModel } from './sequence-model.ts';
import { writeTexts } from './write-texts.ts';

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
