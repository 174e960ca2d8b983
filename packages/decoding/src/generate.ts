import { DataError, OptionError, ShapeError } from '@unroll/backend';
import {
  here,
  noGrad,
  randomStream,
  readingPlace,
  reshape,
  StepMemory,
  slice,
  type Tensor,
  type Trial,
  takeTurn,
  tensor,
  type Weighted,
  type Workplace,
} from '@unroll/tensor';
import { type DrawStream, type Sampler, sampler } from './sampler.ts';

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

export interface GenerateOptions<State = unknown> {
  /** Ids that the model reads first; at least one. */
  prompt: ArrayLike<number>;
  /** How many ids to generate; default: no end. */
  length?: number;
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
  const { length, signal, sampler: sample = sampler() } = options;
  const stream = options.stream ?? randomStream('sampling');
  let { state } = options;
  let ids: Int32Array = Int32Array.from(options.prompt);
  const place =
    length > 0 && isWeighted(model) ? await readingPlace(model, trialOf(model, options)) : here;
  const memory = new StepMemory('a step of generate');
  try {
    for (let i = 0; i < length; i++) {
      signal?.throwIfAborted();
      const result = place.within(() => memory.run(() => step(model, ids, state)));
      state = memory.carry(result.state);
      ids = await sample(result.scores, stream);
      memory.release();
      await takeTurn();
      signal?.throwIfAborted();
      yield ids[0];
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

/** One call of the model in evaluation mode: between two ids it belongs to its owner, who may be training it. */
function step<State>(model: SequenceModel<State>, ids: Int32Array, state: State | undefined) {
  const { training } = model;
  if (training) model.eval?.();
  try {
    return noGrad(() => {
      const result = model.forward(tensor(ids, { shape: [1, ids.length] }), state);
      return { state: result.state, scores: lastScores(result.output) };
    });
  } finally {
    if (training) model.train?.();
  }
}

function lastScores(output: Tensor): Tensor {
  const [batch, time, classes] = output.shape;
  if (output.rank !== 3 || batch !== 1 || time === 0) {
    throw new ShapeError(
      'generate',
      `the model must give scores [1, time, classes]; got [${output.shape.join(', ')}]`,
      { shape: output.shape },
    );
  }
  return reshape(slice(output, { axis: 1, from: time - 1, to: time }), [classes]);
}
