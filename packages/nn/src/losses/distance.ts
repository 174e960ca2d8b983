import { OptionError } from '@unroll/backend';
import { abs, fuse, minimum, mul, square, sub, sum, type Tensor } from '@unroll/tensor';
import { defineLoss, type Loss, type LossOptions, needSameShape } from './reduction.ts';

const squared = /* @__PURE__ */ fuse((x, y) => square(sub(x, y)), { name: 'mseLoss' });
const halfSquared = /* @__PURE__ */ fuse((x, y) => mul(square(sub(x, y)), 0.5), {
  name: 'halfSquaredError',
});
const absolute = /* @__PURE__ */ fuse((x, y) => abs(sub(x, y)), { name: 'l1Loss' });

// With q = min(|e|, δ), q·(|e| − q/2) is ½e² up to δ and δ·(|e| − δ/2) beyond.
const huber = /* @__PURE__ */ fuse(
  (x, y, delta) => {
    const e = abs(sub(x, y));
    const q = minimum(e, delta);
    return mul(q, sub(e, mul(q, 0.5)));
  },
  { name: 'huberLoss' },
);

/**
 * (x − y)² for each element; the mean is the mean squared error.
 *
 * @param input `[…]`, or a sequence
 * @param target of the same shape
 * @throws ShapeError when the shapes differ
 * @example
 * const loss = mseLoss(tensor([1, 2]), tensor([1, 4])); // 2
 */
export const mseLoss: Loss<LossOptions> = elementwise('mseLoss', squared);

/**
 * |x − y| for each element; gradient 0 where both are equal.
 *
 * @throws ShapeError when the shapes differ
 * @example
 * const loss = l1Loss(tensor([1, 2]), tensor([1, 4])); // 1
 */
export const l1Loss: Loss<LossOptions> = elementwise('l1Loss', absolute);

/**
 * The lectures' `C = ½‖y − ŷ‖²`, one for each row: the norm goes over the last axis, the reduction over the rows. So
 * `'sum'` is C = Σ_t C_t, and its gradient is plainly ŷ − y.
 *
 * @throws ShapeError when the shapes differ
 * @example
 * const loss = halfSquaredError(tensor([[1, 2]]), tensor([[0, 4]])); // ½·(1 + 4) = 2.5
 */
export const halfSquaredError: Loss<LossOptions> = elementwise('halfSquaredError', (x, y) => {
  const halves = halfSquared(x, y);
  return halves.rank === 0 ? halves : sum(halves, { axis: -1 });
});

export interface HuberLossOptions extends LossOptions {
  /** Where the square becomes a line; default 1. */
  delta?: number;
}

/**
 * ½e² for errors e = x − y up to ±delta, `delta·(|e| − delta/2)` beyond, so that outliers pull no harder (Huber 1964).
 *
 * @throws ShapeError when the shapes differ; OptionError unless delta > 0
 * @example
 * const loss = huberLoss(tensor([0.5, 3]), tensor([0, 0]), { reduction: 'none' }); // [0.125, 2.5]
 */
export const huberLoss: Loss<HuberLossOptions> = defineLoss('huberLoss', (pair, { delta = 1 }) => {
  if (!(Number.isFinite(delta) && delta > 0)) {
    throw new OptionError('huberLoss', `delta must be a finite number above 0; got ${delta}`, {
      delta,
    });
  }
  needSameShape('huberLoss', pair);
  return { losses: huber(pair.input, pair.target, delta) };
});

/* @__NO_SIDE_EFFECTS__ */
function elementwise(name: string, of: (x: Tensor, y: Tensor) => Tensor): Loss<LossOptions> {
  return defineLoss(name, (pair) => {
    needSameShape(name, pair);
    return { losses: of(pair.input, pair.target) };
  });
}
