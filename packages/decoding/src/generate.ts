import { DataError, OptionError } from '@unroll/backend';
import { randomStream, takeTurn } from '@unroll/tensor';
import { type Constraint, choices } from './constraint.ts';
import { filtered } from './filtered.ts';
import { ModelSteps } from './model-steps.ts';
import { type DrawStream, type Sampler, sampler } from './sampler.ts';
import type { SequenceModel } from './sequence-model.ts';

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
  const { prompt, length = Infinity } = options;
  if (prompt.length === 0) {
    throw new DataError('generate', 'the prompt is empty; give at least one id to begin with');
  }
  if (!(length >= 0) || (Number.isFinite(length) && !Number.isInteger(length))) {
    throw new OptionError('generate', `length must be a whole number ≥ 0; got ${length}`, {
      length,
    });
  }
  return iterate(model, { ...options, length });
}

async function* iterate<State>(
  model: SequenceModel<State>,
  options: GenerateOptions<State> & { length: number },
): AsyncGenerator<number, void, undefined> {
  const { prompt, length, end, constraint, state, signal, sampler: sample = sampler() } = options;
  if (length === 0) return;
  const stream = options.stream ?? randomStream('sampling');
  const seen = Array.from(prompt);
  let allowedFrom = constraint?.start;
  let ids: ArrayLike<number> = prompt;
  const select = (only: State) => only;
  const beginning = { prompts: [prompt], width: 1, state, select, signal };
  const steps = await ModelSteps.begin('generate', model, beginning);
  try {
    for (let i = 0; i < length; i++) {
      signal?.throwIfAborted();
      const allowed = constraint && choices('generate', constraint, allowedFrom, end);
      if (allowed?.size === 0) return;
      const { scores } = steps.read([ids]);
      const possible = allowed ? filtered(await scores.data(), allowed) : scores;
      ids = await sample(possible, stream, [seen]);
      steps.release();
      await takeTurn();
      signal?.throwIfAborted();
      const id = ids[0];
      yield id;
      if (id === end) return;
      seen.push(id);
      if (constraint) allowedFrom = constraint.next(allowedFrom, id);
    }
  } finally {
    steps.release();
  }
}
