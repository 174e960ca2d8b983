import { abs, fuse, maximum, minimum, mul, noGrad, sign, Tensor } from '@unroll/tensor';
import { type ClipOptions, checkLimits } from './limits.ts';

const limited = /* @__PURE__ */ fuse(
  (g, max, min) => mul(sign(g), minimum(maximum(abs(g), min), max)),
  {
    name: 'clipGradValue',
  },
);

/**
 * Cuts every element of every gradient (Mikolov 2012), which changes the direction too:
 *
 *     g ← sign(g) · min(max(|g|, min), max)
 *
 * `min` lifts small elements, off by default; zeros stay. What it cannot cure: see {@link clipGradNorm}.
 *
 * @param params parameters; those without a gradient are left alone
 * @throws OptionError for limits out of range
 * @example
 * const w = parameter(tensor([3, -4]));
 * sum(mul(w, w)).backward();
 * clipGradValue([w], { max: 0.5 });
 * w.grad; // [0.5, -0.5]
 */
export function clipGradValue(params: readonly Tensor[], { max, min = 0 }: ClipOptions): void {
  checkLimits('clipGradValue', max, min);
  noGrad(() => {
    for (const p of params) {
      const gradient = Tensor.peekGrad(p);
      if (gradient) p.grad = limited(gradient, max, min);
    }
  });
}
