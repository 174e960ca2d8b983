import { DataError } from '@unroll/backend';
import { crossEntropy, type Module } from '@unroll/nn';
import { noGrad, type StateTree, StepMemory } from '@unroll/tensor';
import { type Batch, type Data, hasPosition, positioned } from './data.ts';
import { forward, startOf, tokensOf, weightOf } from './forward.ts';
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
  const source = positioned(data);
  const start = hasPosition(source) ? source.stateDict() : undefined;
  let carried: StateTree | undefined;
  const sum = { loss: 0, weight: 0, tokens: 0 };
  const memory = new StepMemory('a step of evaluate');
  try {
    for await (const batch of source) {
      if (signal?.aborted) break;
      const result = memory.run(() => judge(model, loss, batch, startOf(batch, carried)));
      carried = memory.carry(result.state);
      const weight = weightOf(batch);
      sum.loss += weight * (await result.loss.item());
      sum.weight += weight;
      sum.tokens += tokensOf(batch);
      memory.release(batch);
    }
  } finally {
    memory.release();
  }
  if (signal?.aborted) {
    // The next validation must begin at the beginning.
    if (hasPosition(source)) source.loadStateDict(start as never);
    return undefined;
  }
  if (sum.weight === 0) throw new DataError('evaluate', 'the data gave no batch');
  const mean = sum.loss / sum.weight;
  return {
    loss: mean,
    perplexity: perplexity(mean),
    bitsPerToken: bitsPerToken(mean),
    tokens: sum.tokens,
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
