import { DTypeError, OptionError, ShapeError, sameShape } from '@unroll/backend';
import {
  add,
  cast,
  div,
  indexSelect,
  logSoftmax,
  mul,
  neg,
  notEqual,
  reshape,
  softmaxCrossEntropy,
  sum,
  type Tensor,
  where,
} from '@unroll/tensor';
import { lookingUp } from '../layers/ids.ts';
import { type Costs, defineLoss, type Loss, type LossOptions, type Pair } from './reduction.ts';

export interface CrossEntropyOptions extends LossOptions {
  /** Rows with this id do not count; it need not be a class. Default −100. */
  ignoreIndex?: number;
  /** Share of the target's probability that is spread evenly over all classes (Szegedy et al. 2016); default 0. */
  labelSmoothing?: number;
  /** What an error on each class costs, `[classes]`; default 1. */
  weight?: Tensor;
}

/**
 * −log of the probability that softmax(logits) gives to the right class, `L = −log p_y`: in nats.
 *
 * The mean is PyTorch's: over the rows that are not ignored, with class weights Σ w_y·L / Σ w_y. With label smoothing ε a
 * row costs (1 − ε)·w_y·L_y + ε/classes · Σ_c w_c·L_c. When all rows are ignored the mean is NaN.
 *
 * @param logits `[…, classes]`, or a sequence of rows `[classes]`
 * @param ids int32 `[…]`, or a sequence of them with the same lengths
 * @throws IndexError for an id that is no class, with its place; ShapeError, DTypeError, OptionError
 * @example
 * const loss = crossEntropy(tensor([[2, 0, 0]]), tensor([0], { dtype: 'int32' })); // 0.2395
 */
export const crossEntropy: Loss<CrossEntropyOptions> = defineLoss('crossEntropy', costs);

function costs(pair: Pair, options: Partial<CrossEntropyOptions>): Costs {
  check(pair, options);
  const { ignoreIndex = -100, weight } = options;
  const x = reshape(pair.input, [-1, pair.input.shape.at(-1) as number]);
  const y = reshape(pair.target, [-1]);
  const real = notEqual(y, ignoreIndex);
  const picked = lookingUp('crossEntropy', pair.given, () =>
    softmaxCrossEntropy(x, y, { ignoreIndex }),
  );
  const w = weight && indexSelect(weight, where(real, y, 0));
  const losses = smooth(w ? mul(picked, w) : picked, x, real, options);
  const total = w ? sum(where(real, w, 0)) : sum(cast(real, x.dtype));
  return {
    losses: reshape(losses, pair.target.shape),
    average: (all) => div(sum(all), total),
  };
}

/** Mixes the losses of the real rows with their mean loss over all classes. */
function smooth(losses: Tensor, x: Tensor, real: Tensor, options: CrossEntropyOptions): Tensor {
  const { labelSmoothing = 0, weight } = options;
  if (labelSmoothing === 0) return losses;
  const logP = logSoftmax(x);
  const everyClass = neg(sum(weight ? mul(logP, weight) : logP, { axis: -1 }));
  const share = labelSmoothing / (logP.shape.at(-1) as number);
  return add(mul(losses, 1 - labelSmoothing), where(real, mul(everyClass, share), 0));
}

function check({ input, target }: Pair, { labelSmoothing = 0, weight }: CrossEntropyOptions): void {
  const operation = 'crossEntropy';
  if (target.dtype !== 'int32') {
    throw new DTypeError(operation, `ids must be int32; got ${target.dtype}. cast(ids, 'int32')?`);
  }
  if (input.rank === 0 || !sameShape(target.shape, input.shape.slice(0, -1))) {
    throw new ShapeError(
      operation,
      `ids must have the shape of the logits without the last axis, the classes; got logits [${input.shape.join(', ')}] and ids [${target.shape.join(', ')}]`,
      { logits: input.shape, ids: target.shape },
    );
  }
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new OptionError(operation, `labelSmoothing must be in [0, 1]; got ${labelSmoothing}`);
  }
  if (weight && !sameShape(weight.shape, input.shape.slice(-1))) {
    throw new ShapeError(
      operation,
      `weight must have one number per class, [${input.shape.at(-1)}]; got [${weight.shape.join(', ')}]`,
      { weight: weight.shape, logits: input.shape },
    );
  }
}
