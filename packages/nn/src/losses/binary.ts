import { add, fuse, mul, neg, softplus, sub, type Tensor } from '@unroll/tensor';
import { defineLoss, type Loss, type LossOptions, needSameShape } from './reduction.ts';

export interface BceWithLogitsOptions extends LossOptions {
  /** What an error on a positive costs, against 1 for a negative; broadcast against the logits. Default 1. */
  posWeight?: Tensor | number;
}

// −log σ(x) = softplus(−x) and −log(1 − σ(x)) = softplus(x): nothing overflows, no digits are lost.
const logistic = /* @__PURE__ */ fuse(
  (x, y, p) => add(mul(mul(p, y), softplus(neg(x))), mul(sub(1, y), softplus(x))),
  { name: 'bceWithLogits' },
);

/**
 * Binary cross-entropy of logits, for each element `−p·y·log σ(x) − (1 − y)·log(1 − σ(x))`, p being `posWeight`; in nats.
 *
 * @param logits `[…]`, or a sequence
 * @param target probabilities y of the same shape: 0, 1 or between
 * @throws ShapeError when the shapes differ
 * @example
 * const loss = bceWithLogits(tensor([2, -1]), tensor([1, 0])); // 0.2201
 */
export const bceWithLogits: Loss<BceWithLogitsOptions> = defineLoss(
  'bceWithLogits',
  (pair, { posWeight = 1 }) => {
    needSameShape('bceWithLogits', pair);
    return { losses: logistic(pair.input, pair.target, posWeight) };
  },
);
