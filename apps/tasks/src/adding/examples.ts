import type { AddingExample } from '@unroll/datasets';
import { crossEntropy } from '@unroll/nn';
import { div, mul, slice, square, sub, sum, type Tensor, tensor } from '@unroll/tensor';
import type { LossFunction } from '@unroll/trainers';

/**
 * A batch of equally long sequences. The target has a place for every step, as truncated backpropagation wants it, and only
 * one of them counts.
 */
export interface Examples {
  /** `[batch, steps, inputs]`, or int32 `[batch, steps]` of words. */
  readonly input: Tensor;
  /** Of numbers `[batch, steps, 2]`, the answer and a 1 where it is asked for; of words int32 `[batch, steps]`. */
  readonly target: Tensor;
}

/** What stands at steps where no word is asked for: `crossEntropy` skips it. */
const notAsked = -100;

/** Sequences of numbers with a number for an answer, after the last step. */
export function numbers(examples: readonly AddingExample[]): Examples {
  const [batch, steps, inputs] = [examples.length, examples[0].input.length, 2];
  const input = new Float32Array(batch * steps * inputs);
  const target = new Float32Array(batch * steps * 2);
  for (const [i, example] of examples.entries()) {
    for (const [t, row] of example.input.entries()) input.set(row, (i * steps + t) * inputs);
    target.set([example.target, 1], ((i + 1) * steps - 1) * 2);
  }
  return {
    input: tensor(input, { shape: [batch, steps, inputs] }),
    target: tensor(target, { shape: [batch, steps, 2] }),
  };
}

/** Sentences with a word for an answer, at step `asked`. */
export function words(
  examples: readonly { readonly input: readonly number[]; readonly target: number }[],
  asked: number,
): Examples {
  const shape = [examples.length, examples[0].input.length];
  const target = new Int32Array(shape[0] * shape[1]).fill(notAsked);
  for (const [i, example] of examples.entries()) target[i * shape[1] + asked] = example.target;
  const input = Int32Array.from(examples.flatMap((example) => example.input));
  return { input: tensor(input, { shape }), target: tensor(target, { shape }) };
}

/** (y − ŷ)² where an answer is asked for; the mean over the sequences, 0 where none is. */
export const meanSquaredError: LossFunction = (output, target) => {
  const [y, truth] = [output as Tensor, target as Tensor];
  const answer = slice(truth, { axis: 2, from: 0, to: 1 });
  const asked = slice(truth, { axis: 2, from: 1, to: 2 });
  return div(sum(mul(asked, square(sub(y, answer)))), y.shape[0]);
};

/** −log p of the word that is asked for; the mean over the sequences, 0 where none is. */
export const surprise: LossFunction = (output, target) => {
  const [logits, ids] = [output as Tensor, target as Tensor];
  const all = crossEntropy(logits, ids, { ignoreIndex: notAsked, reduction: 'sum' });
  return div(all, ids.shape[0]);
};
