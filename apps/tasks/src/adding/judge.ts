import type { UniformStream } from '@unroll/datasets';
import { argmax, noGrad, slice } from '@unroll/tensor';
import { evaluate } from '@unroll/trainers';
import type { Examples } from './examples.ts';
import type { LongRange } from './model.ts';
import type { Problem } from './problem.ts';

const batchSize = 125;

/** Sequences that judge a model, in batches. */
export function drawn(problem: Problem, batches: number, stream: UniformStream): Examples[] {
  return Array.from({ length: batches }, () => problem.draw(batchSize, stream));
}

/** How good a model is, under the name of the problem's metric. */
export async function judgement(
  model: LongRange,
  problem: Problem,
  examples: readonly Examples[],
): Promise<Record<string, number>> {
  const { loss } = await evaluate(model, examples, { loss: problem.loss });
  return problem.metric === 'mse'
    ? { 'test.mse': loss }
    : { 'test.accuracy': await shareRight(model, problem, examples), 'test.nats': loss };
}

/** The share of sequences whose answer is right. */
async function shareRight(
  model: LongRange,
  { asked }: Problem,
  examples: readonly Examples[],
): Promise<number> {
  let right = 0;
  for (const { input, target } of examples) {
    const at = { axis: 1, from: asked, to: asked + 1 };
    const guesses = noGrad(() => argmax(slice(model.forward(input).output, at), { axis: -1 }));
    const [given, truth] = await Promise.all([guesses.data(), slice(target, at).data()]);
    for (let i = 0; i < truth.length; i++) right += given[i] === truth[i] ? 1 : 0;
  }
  return right / (examples.length * batchSize);
}
