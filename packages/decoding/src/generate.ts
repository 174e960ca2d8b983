import { DataError, OptionError } from '@unroll/backend';
import {
  here,
  randomStream,
  readingPlace,
  StepMemory,
  type Trial,
  takeTurn,
  tensor,
  type Weighted,
  type Workplace,
} from '@unroll/tensor';
import { type Constraint, choices } from './constraint.ts';
import { evaluate, lastScores } from './evaluation.ts';
import { filtered } from './filtered.ts';
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
 * @throws DataError for an empty prompt, and while iterating where a constraint has nothing to go on with and cannot end; OptionError for a length that is no whole number ≥ 0; while iterating the signal's
 * reason, or NumericError when the scores hold NaN
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
  const { length, end, constraint, signal, sampler: sample = sampler() } = options;
  const stream = options.stream ?? randomStream('sampling');
  const seen = Array.from(options.prompt);
  let { state } = options;
  let allowedFrom = constraint?.start;
  let ids: Int32Array = Int32Array.from(seen);
  const place =
    length > 0 && isWeighted(model) ? await readingPlace(model, trialOf(model, options)) : here;
  const memory = new StepMemory('a step of generate');
  try {
    for (let i = 0; i < length; i++) {
      signal?.throwIfAborted();
      const allowed = constraint && choices('generate', constraint, allowedFrom, end);
      if (allowed?.size === 0) return;
      const result = place.within(() => memory.run(() => step(model, ids, state)));
      state = memory.carry(result.state);
      const scores = allowed ? filtered(await result.scores.data(), allowed) : result.scores;
      ids = await sample(scores, stream, [seen]);
      memory.release();
      await takeTurn();
      signal?.throwIfAborted();
      const [id] = ids;
      yield id;
      if (id === end) return;
      seen.push(id);
      if (constraint) allowedFrom = constraint.next(allowedFrom, id);
    }
  } finally {
    memory.release();
  }
}

function isWeighted<State>(model: SequenceModel<State>): model is SequenceModel<State> & Weighted {
  return typeof model.stateDict === 'function';
}

/** The step after the prompt, to be timed again and again. */
function trialOf<State>(
  model: SequenceModel<State>,
  { prompt, state, signal }: GenerateOptions<State>,
): Omit<Trial, 'tensors'> {
  return {
    run: 'generate',
    program: String(model),
    signal,
    async begin(place: Workplace) {
      const ids = Int32Array.from(prompt);
      const read = place.within(() => step(model, ids, state));
      return () => place.within(() => step(model, ids.slice(-1), read.state)).scores.data();
    },
  };
}

/** One call of the model: the scores of what follows, and the state after it. */
function step<State>(model: SequenceModel<State>, ids: Int32Array, state: State | undefined) {
  return evaluate(model, () => {
    const result = model.forward(tensor(ids, { shape: [1, ids.length] }), state);
    return { scores: lastScores('generate', result.output, 1), state: result.state };
  });
}
