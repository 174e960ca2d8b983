import { refuseUnknownOptions } from '@unroll/backend';
import {
  type CtcOptions,
  ctcLosses,
  div,
  type Labels,
  mean,
  type Sequence,
  type Tensor,
  tensor,
} from '@unroll/tensor';
import { type LossOptions, reduced } from './reduction.ts';

export interface CtcLossOptions extends CtcOptions, LossOptions {}

const known: Record<keyof CtcLossOptions, true> = {
  blank: true,
  zeroInfinity: true,
  reduction: true,
};

/**
 * Connectionist temporal classification (Graves et al. 2006): labels without their places in time. The loss of a sequence is
 * −log of the probability that softmax(logits) gives to its labels over all ways to spread them over the steps, with
 * blanks anywhere between, in nats. Steps beyond a sequence's length do not exist.
 *
 * The mean is PyTorch's: each loss is divided by the number of labels (1 where there are none) first. Without labels only
 * blanks at every step are right. The gradient comes with the loss; there is no second derivative.
 *
 * @param logits `[length, classes]` each; not log-probabilities
 * @param labels of each sequence, without the blank: an int32 sequence, or arrays of ids, which may be empty
 * @returns a scalar; `[batch]` in the user's order where reduction is none
 * @throws DataError for labels that take more steps than there are (equal neighbours need a blank between them), or that
 * hold the blank; IndexError for a label that is no class; ShapeError, DTypeError, OptionError; UnsupportedError on a GPU
 * @example
 * const logits = Sequence.fromArrays([[[0, 1], [0, 1]]]);
 * const loss = ctcLoss(logits, [[1]]); // 0.075: blank–1, 1–blank and 1–1 together
 */
export function ctcLoss(logits: Sequence, labels: Labels, options: CtcLossOptions = {}): Tensor {
  refuseUnknownOptions('ctcLoss', options, known);
  const { reduction = 'mean', ...rest } = options;
  const losses = ctcLosses(logits, labels, rest);
  return reduced('ctcLoss', losses, reduction, () => {
    const counts = Array.isArray(labels)
      ? labels.map(({ length }) => length)
      : (labels as Sequence).lengths;
    const divisors = counts.map((count) => Math.max(1, count));
    return mean(div(losses, tensor(divisors, { dtype: losses.dtype })));
  });
}
