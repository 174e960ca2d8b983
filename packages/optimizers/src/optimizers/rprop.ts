import {
  fuse,
  greater,
  less,
  maximum,
  minimum,
  mul,
  sign,
  sub,
  type Tensor,
  where,
} from '@unroll/tensor';
import type { OptimizerOptions, ParameterInput } from '../optimizer/groups.ts';
import { Optimizer } from '../optimizer/optimizer.ts';
import { must, type Problem } from '../optimizer/problems.ts';

export interface RpropOptions extends OptimizerOptions {
  /** By what a weight's step size is multiplied after its gradient has turned, and after it has not; default [0.5, 1.2]. */
  etas: readonly [number, number];
  /** The least and the largest step size; default [1e-6, 50]. */
  stepSizes: readonly [number, number];
}

type RpropSlots = { previous: Tensor; size: Tensor };

const step = /* @__PURE__ */ fuse(
  (p, g, previous, size, etaMinus, etaPlus, least, most) => {
    const agreement = mul(sign(g), sign(previous));
    const turned = less(agreement, 0);
    const eta = where(turned, etaMinus, where(greater(agreement, 0), etaPlus, 1));
    const next = minimum(maximum(mul(size, eta), least), most);
    const kept = where(turned, 0, g);
    return [sub(p, mul(next, sign(kept))), kept, next];
  },
  { name: 'Rprop' },
);

/**
 * Resilient backpropagation (Riedmiller & Braun 1993): each weight has a step size s of its own, which grows while its
 * gradient keeps its sign and shrinks when it turns; after a turn the weight rests for one step.
 *
 *     s ← clamp(s·η⁺, s_min, s_max)              where g·g_last > 0
 *     s ← clamp(s·η⁻, s_min, s_max),  g ← 0      where g·g_last < 0
 *     θ ← θ − s·sign(g)
 *
 * For full batches: the sign of a small batch's gradient turns by chance. The learning rate is the first step size and has
 * no part after that, so schedules do nothing.
 *
 * @param options.lr default 1e-2
 * @throws OptionError for options out of range
 * @example
 * const optimizer = new Rprop([parameter(zeros([3, 2]))]);
 */
export class Rprop extends Optimizer<RpropOptions, RpropSlots> {
  constructor(params: ParameterInput<RpropOptions>, options: Partial<RpropOptions> = {}) {
    super('Rprop', params, options, { lr: 1e-2, etas: [0.5, 1.2], stepSizes: [1e-6, 50] });
  }

  protected override problems({ etas, stepSizes }: RpropOptions): Problem[] {
    const [minus, plus] = etas;
    const [least, most] = stepSizes;
    return [
      must(0 < minus && minus < 1 && 1 < plus, 'etas', 'lie around 1', `[${etas}]`),
      must(0 < least && least <= most, 'stepSizes', 'be above 0 and in order', `[${stepSizes}]`),
    ];
  }

  protected override slots(): (keyof RpropSlots)[] {
    return ['previous', 'size'];
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    { lr, etas, stepSizes }: RpropOptions,
    slots: Partial<RpropSlots>,
  ): { p: Tensor } & RpropSlots {
    const [next, previous, size] = step(
      p,
      g,
      slots.previous ?? 0,
      slots.size ?? lr,
      ...etas,
      ...stepSizes,
    );
    return { p: next, previous, size };
  }
}
