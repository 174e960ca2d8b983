import { DataError, OptionError } from '@unroll/backend';
import type { Module } from '@unroll/nn';
import {
  noGrad,
  readingPlace,
  Sequence,
  StepMemory,
  softmax,
  type Tensor,
  takeTurn,
  type Workplace,
} from '@unroll/tensor';

/** What a classifier says of a text. */
export interface Prediction {
  /** The likeliest class: its name, or its id where the model has no labels. */
  readonly label: string;
  /** How likely the model takes it to be, from 0 to 1. */
  readonly probability: number;
  /** Of every class, in the order of the labels; they sum to 1. */
  readonly probabilities: readonly number[];
}

export interface PredictOptions {
  /** Texts that are read together; default 32. */
  batchSize?: number;
  /** Breaks off between two batches; the promise is then rejected with its reason. */
  signal?: AbortSignal;
}

/** Reads texts, given as ids, in batches of like length; the answers come in the order of the texts. */
export async function predictIds(
  model: Module,
  texts: readonly Int32Array[],
  { batchSize = 32, signal }: PredictOptions = {},
): Promise<number[][]> {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new OptionError(
      'predict',
      `batchSize must be a whole number of at least 1; got ${batchSize}`,
      { batchSize },
    );
  }
  const byLength = texts.map((_, i) => i).sort((a, b) => texts[a].length - texts[b].length);
  const answers = new Array<number[]>(texts.length);
  const memory = new StepMemory('a batch of predict');
  let place: Workplace | undefined;
  for (let from = 0; from < byLength.length; from += batchSize) {
    signal?.throwIfAborted();
    const chosen = byLength.slice(from, from + batchSize);
    const ids = Sequence.fromArrays(chosen.map((i) => texts[i]));
    place ??= await placeFor(model, ids, signal);
    const input = await place.bring(ids);
    const read = place.within(() => memory.run(() => probabilities(model, input)));
    const rows = (await read.toArray()) as number[][];
    memory.release(input);
    for (const [k, i] of chosen.entries()) answers[i] = rows[k];
    await takeTurn();
  }
  return answers;
}

/** The answer in words. @throws DataError where labels and scores do not fit */
export function predictionOf(
  scores: readonly number[],
  labels: readonly string[] | undefined,
): Prediction {
  if (labels && labels.length !== scores.length) {
    throw new DataError(
      'predict',
      `the model scores ${scores.length} classes and was saved with ${labels.length} labels`,
    );
  }
  const best = scores.indexOf(Math.max(...scores));
  return {
    label: labels?.[best] ?? String(best),
    probability: scores[best],
    probabilities: scores,
  };
}

/** Synchronous from the switch to evaluation and back, so that calls side by side do not meet. */
function probabilities(model: Module, ids: Sequence): Tensor {
  const { training } = model;
  if (training) model.eval();
  try {
    return noGrad(() => softmax(model.forward(...([ids] as never[])) as Tensor));
  } finally {
    if (training) model.train();
  }
}

function placeFor(
  model: Module,
  ids: Sequence,
  signal: AbortSignal | undefined,
): Promise<Workplace> {
  return readingPlace(model, {
    run: 'predict',
    program: `${model}; ${ids.batch} texts of up to ${ids.time} words`,
    signal,
    async begin(place) {
      const input = await place.bring(ids);
      return () => place.within(() => probabilities(model, input)).data();
    },
  });
}
