import { DataError } from '@unroll/backend';
import { crossEntropy, type Module } from '@unroll/nn';
import {
  noGrad,
  readingPlace,
  type StateTree,
  StepMemory,
  type Trial,
  type Workplace,
} from '@unroll/tensor';
import { type Batch, type Data, hasPosition, positioned } from './data.ts';
import { bringBatch, forward, shapesOf, startOf, tokensOf, weightOf } from './forward.ts';
import type { ValidRecord } from './history.ts';
import { bitsPerToken, perplexity } from './metrics.ts';
import type { LossFunction } from './options.ts';

export interface EvaluateOptions {
  /** Mean loss of a batch; default: `crossEntropy`. */
  loss?: LossFunction;
  /** Breaks off; then nothing is returned. */
  signal?: AbortSignal;
}

/**
 * How good a model is on data: the mean loss over all tokens, each counted once, in evaluation mode and without a tape. The
 * state is carried from batch to batch where rows go on.
 *
 * @returns undefined when `signal` broke it off
 * @throws DataError when the data has no batch
 * @example
 * const windows = contiguousWindows(ids, { batchSize: 8, window: 64, tail: 'keep' });
 * const { loss, perplexity } = await evaluate(model, windows);
 */
export function evaluate(
  model: Module,
  data: Data,
  options?: Omit<EvaluateOptions, 'signal'>,
): Promise<Omit<ValidRecord, 'step'>>;
export function evaluate(
  model: Module,
  data: Data,
  options: EvaluateOptions,
): Promise<Omit<ValidRecord, 'step'> | undefined>;
export async function evaluate(
  model: Module,
  data: Data,
  { loss = crossEntropy as LossFunction, signal }: EvaluateOptions = {},
): Promise<Omit<ValidRecord, 'step'> | undefined> {
  return evaluateAt(undefined, model, data, { loss, signal });
}

/** {@link evaluate} at a workplace; without one at the one that suits the first batch. */
export async function evaluateAt(
  given: Workplace | undefined,
  model: Module,
  data: Data,
  { loss, signal }: { readonly loss: LossFunction; readonly signal: AbortSignal | undefined },
): Promise<Omit<ValidRecord, 'step'> | undefined> {
  const source = positioned(data);
  const start = hasPosition(source) ? source.stateDict() : undefined;
  let carried: StateTree | undefined;
  const sum = { loss: 0, weight: 0, tokens: 0 };
  let place = given;
  let complete = false;
  const memory = new StepMemory('a step of evaluate');
  try {
    for await (const own of source) {
      if (signal?.aborted) break;
      place ??= await readingPlace(model, trialOf(model, loss, own, signal));
      const batch = await bringBatch(place, own);
      const state = carried;
      const judged = () => judge(model, loss, batch, startOf(batch, state));
      const result = place.within(() => memory.run(judged));
      carried = memory.carry(result.state);
      const weight = weightOf(batch);
      sum.loss += weight * (await result.loss.item());
      sum.weight += weight;
      sum.tokens += tokensOf(batch);
      memory.release(batch);
    }
    complete = !signal?.aborted;
  } finally {
    memory.release();
    // The next validation must begin at the beginning.
    if (!complete && hasPosition(source)) source.loadStateDict(start as never);
  }
  if (!complete) return undefined;
  if (sum.weight === 0) throw new DataError('evaluate', 'the data gave no batch');
  const mean = sum.loss / sum.weight;
  return {
    loss: mean,
    perplexity: perplexity(mean),
    bitsPerToken: bitsPerToken(mean),
    tokens: sum.tokens,
  };
}

/** The first batch, to be judged again and again. */
function trialOf(
  model: Module,
  loss: LossFunction,
  own: Batch,
  signal: AbortSignal | undefined,
): Omit<Trial, 'tensors'> {
  return {
    run: 'evaluate',
    program: `${model}; ${loss.name}; ${shapesOf(own)}`,
    signal,
    async begin(place) {
      const batch = await bringBatch(place, own);
      return () => place.within(() => judge(model, loss, batch, undefined)).loss.item();
    },
  };
}

function judge(model: Module, loss: LossFunction, batch: Batch, start: StateTree | undefined) {
  const { training } = model;
  model.eval();
  try {
    return noGrad(() => forward(model, loss, batch, start));
  } finally {
    if (training) model.train();
  }
}
