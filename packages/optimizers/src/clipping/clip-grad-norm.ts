import {
  add,
  div,
  fuse,
  greater,
  less,
  logicalAnd,
  minimum,
  mul,
  noGrad,
  sqrt,
  sumOfSquares,
  Tensor,
  where,
  zeros,
} from '@unroll/tensor';
import { type ClipOptions, checkLimits } from './limits.ts';

/** PyTorch's, which keeps the division from 0. */
const eps = 1e-6;

const factorFor = /* @__PURE__ */ fuse(
  (norm, max, min) => {
    const vanishing = logicalAnd(greater(norm, 0), less(norm, min));
    return where(vanishing, div(min, norm), minimum(div(max, add(norm, eps)), 1));
  },
  { name: 'clipGradNorm' },
);

/**
 * Scales all gradients together so that their length stays within limits and their direction is kept (Pascanu et al.
 * 2013): the remedy for gradients that explode through time. With ‖g‖ the L2 norm over the gradients of all parameters,
 *
 *     g ← g · max/(‖g‖ + 1e-6)     where ‖g‖ > max
 *     g ← g · min/‖g‖              where 0 < ‖g‖ < min
 *
 * The second line is a lecture's remedy for gradients that vanish, off by default. It makes the step longer, and cannot
 * bring back what has vanished: within the sum over time, the parts of distant steps stay as small beside those of near
 * ones as they were, a gradient of zeros stays zero, and rounding noise is amplified with the rest. Gates (LSTM, GRU) or an
 * orthogonal start cure that.
 *
 * Gradients are replaced, not written into. Nothing is waited for: where the norm can be read at once and is within the
 * limits, gradients stay as they are; elsewhere they are multiplied by 1. A norm of NaN makes all gradients NaN, as in PyTorch.
 *
 * @param params parameters; those without a gradient count for nothing
 * @returns the norm before, a scalar tensor; 0 when there is no gradient
 * @throws OptionError for limits out of range; DTypeError for float32 and float64 gradients together
 * @example
 * const w = parameter(tensor([3, 4]));
 * sum(mul(w, w)).backward();
 * clipGradNorm([w], { max: 1 }); // 10
 */
export function clipGradNorm(params: readonly Tensor[], { max, min = 0 }: ClipOptions): Tensor {
  checkLimits('clipGradNorm', max, min);
  return noGrad(() => {
    const trained = params.filter((p) => Tensor.peekGrad(p));
    if (trained.length === 0) return zeros([]);
    const gradients = trained.map((p) => Tensor.peekGrad(p) as Tensor);
    const norm = sqrt(sumOfSquares(gradients));
    const factor = factorFor(norm, max, min);
    if (factor.storage.backend.readSync && factor.dataSync()[0] === 1) return norm;
    for (const [i, p] of trained.entries()) p.grad = mul(gradients[i], factor);
    return norm;
  });
}
