import { OptionError, ShapeError } from '@unroll/backend';
import { record, records, wrap } from '../autograd/record.ts';
import { asTensor, home, needFloating, on } from '../core/accept.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Sequence } from '../sequence/sequence.ts';
import { kernelOf } from './kernel.ts';
import { type Labels, labelsOf } from './labels.ts';
import { eachRow, needFirstOrder } from './slopes.ts';

/** What a class and a sequence mean to CTC. */
export interface CtcOptions {
  /** The class that stands for no label; default 0. */
  blank?: number;
  /**
   * Whether a sequence that cannot say its labels costs 0 and has no gradient, instead of an error where it is too short
   * and of Infinity where logits of −Infinity rule its labels out. Default false.
   */
  zeroInfinity?: boolean;
}

/**
 * Connectionist temporal classification (Graves et al. 2006): of each sequence −log of the probability that softmax(logits)
 * gives to its labels, over all ways to spread them over the steps, with blanks anywhere between. Forward and gradient are
 * one kernel.
 *
 * @param logits `[length, classes]` each
 * @param labels of each sequence, none of them the blank: int32, or plain ids, which may be none (then only blanks are right)
 * @returns `[batch]`, in nats
 * @throws DataError for labels that take more steps than there are, or are the blank; IndexError for one that is no class;
 * ShapeError, DTypeError, OptionError; UnsupportedError on a backend without the kernel, and for second derivatives
 * @example
 * const logits = Sequence.fromArrays([[[0, 1], [0, 1]]]);
 * ctcLosses(logits, [[1]]); // [0.075]: blank–1, 1–blank and 1–1 together
 */
export function ctcLosses(logits: Sequence, labels: Labels, options: CtcOptions = {}): Tensor {
  const { blank = 0, zeroInfinity = false } = options;
  const x = asTensor('ctcLoss', logits.rows);
  needFloating('ctcLoss', [x]);
  check(logits, blank);
  const backend = home([x]);
  const { ids, lengths } = labelsOf(logits, labels);
  const [losses, dlogits] = kernelOf(
    backend,
    'ctcLoss',
  )({
    logits: x.operand,
    places: logits.places,
    labels: on(backend, ids),
    labelLengths: lengths,
    ...{ blank, zeroInfinity, gradient: records([x]) },
  });
  const slopes = dlogits && wrap(backend, dlogits, x.shape);
  return record('ctcLoss', [x], wrap(backend, losses, [logits.batch]), ([dy]) => {
    needFirstOrder('ctcLoss');
    return [dy && slopes && eachRow(logits, slopes, dy)];
  });
}

function check(logits: Sequence, blank: number): void {
  const { features } = logits;
  if (features.length !== 1) {
    throw new ShapeError(
      'ctcLoss',
      `needs a sequence of logits [length, classes]; its rows are [${features.join(', ')}]`,
      { features },
    );
  }
  if (Number.isInteger(blank) && blank >= 0 && blank < features[0]) return;
  throw new OptionError(
    'ctcLoss',
    `blank must be one of the ${features[0]} classes, 0 to ${features[0] - 1}; got ${blank}`,
    { blank, classes: features[0] },
  );
}
