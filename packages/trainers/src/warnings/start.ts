import { crossEntropy } from '@unroll/nn';
import type { LossFunction } from '../options.ts';
import type { TrainingWarning } from './warning.ts';

/** A loss, with how many classes the output had that it has judged. */
export interface WatchedLoss {
  readonly loss: LossFunction;
  /** Undefined before the first call, and for a loss whose start is not known. */
  classes(): number | undefined;
}

/** Notes the classes where the loss is the cross-entropy itself: of another function it is not known what it makes of them. */
export function watchedLoss(loss: LossFunction): WatchedLoss {
  let classes: number | undefined;
  if (loss !== (crossEntropy as LossFunction)) return { loss, classes: () => undefined };
  const watched: LossFunction = (output, target) => {
    classes = ('features' in output ? output.features : output.shape).at(-1);
    return loss(output, target);
  };
  return {
    loss: Object.defineProperty(watched, 'name', { value: loss.name }),
    classes: () => classes,
  };
}

/**
 * A net that knows nothing yet gives all classes about the same probability, whatever they are, and costs ln(classes). One that
 * costs much more is sure of what it does not know. (One that costs less has learnt before: no reason to warn.)
 */
export function startWarning(loss: number, classes: number): TrainingWarning | undefined {
  const expected = Math.log(classes);
  if (loss <= 1.5 * expected) return undefined;
  return {
    kind: 'start',
    message: `the first loss is ${loss.toPrecision(3)}, where ${classes} classes of equal probability give ln(${classes}) = ${expected.toPrecision(3)}: the scores are far too large at the start. Scale the inputs to about 1, start the last layer with smaller weights, or normalise before it.`,
  };
}
